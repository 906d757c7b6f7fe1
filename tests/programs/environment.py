"""Reads and changes what belongs to the whole process: environment, working folder, warnings."""
import os
import warnings


def price(n):
    rate = int(os.environ.get("PRICE_RATE", "3"))
    total = sum(i * n % 31 for i in range(50_000)) * rate
    if n % 20 == 0:
        os.environ["PRICE_RATE"] = str(rate + 1)
    return total


print([price(n) for n in range(60)][::7], os.environ["PRICE_RATE"])

os.mkdir("below")
places = []
for n in range(50):
    places.append((sum(i * n % 13 for i in range(40_000)), os.path.basename(os.getcwd()) == "below"))
    if n == 25:
        os.chdir("below")
print(places[24:28])
with open("here.txt", "w") as file:
    file.write("below\n")


def careful(n):
    if n % 7 == 0:
        warnings.warn("divisible by seven")
    return sum(i * n % 3 for i in range(40_000))


print(sum(careful(n) for n in range(50)))
