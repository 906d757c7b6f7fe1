"""Files that are never closed, and an object that says goodbye: both wait for the end of the interpreter."""
import csv


class Guest:
    def __del__(self):
        print("gone")


guest = Guest()
out = open("lines.txt", "w")
table = csv.writer(open("table.csv", "w", newline=""))
for i in range(30):
    out.write(f"line {i}\n")
    table.writerow([i, i * i])
print("end")
