"""Lines and rows are read ahead only where nobody can tell; a bad byte is met at its line."""
import csv
import sys

with open("numbers.csv", "w") as out:
    out.write("n,k\n")
    for n in range(40):
        out.write(f"{n},{n % 7}\n")


def work(text):
    return sum(range(len(str(text)) * 5))


total = 0
for line in open("numbers.csv"):
    total += work(line)
print(total)
with open("numbers.csv") as f:
    next(f)
    made = [work(line) for line in f]
print(made)
with open("numbers.csv") as f, open("copy.txt", "w") as out:
    for number, line in enumerate(f):
        out.write(f"{number} {work(line)}\n")
print(len(open("copy.txt").read()))
with open("numbers.csv", newline="") as f:
    rows = csv.reader(f)
    head = next(rows)
    for row in rows:
        total += work(row)
        if row[0] == "30":
            break
print(head, total)
with open("numbers.csv", newline="") as f:
    for row in csv.DictReader(f):
        total += work(row["k"]) + int(row["n"])
print(total)

# somebody looks where the file stands
with open("numbers.csv") as seen_again:
    for line in seen_again:
        if work(line) and line.startswith("9"):
            break
    print(repr(seen_again.readline()), len(seen_again.read()))
kept = open("numbers.csv")
for _ in range(2):
    for line in kept:
        if work(line) and line.startswith("20"):
            break
    print(repr(line))
kept.close()
# the file grows while it is read
with open("numbers.csv") as grows, open("numbers.csv", "a") as more:
    count = 0
    for line in grows:
        count += work(line) > 0
        if count < 45:
            more.write("1,1\n")
            more.flush()
print(count)
with open("broken.txt", "wb") as out:
    out.write(b"fine\n" * 3000 + b"\xff\n" + b"fine\n" * 10)
seen = 0
try:
    for line in open("broken.txt", encoding="utf-8"):
        seen += work(line) > 0
except UnicodeDecodeError as fault:
    print(seen, fault.reason, fault.start)
for line in sys.stdin:
    print(work(line))
