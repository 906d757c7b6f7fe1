"""Writes a line for each item into one file, a file for each of some, and reads one back."""
from pathlib import Path


def checksum(n):
    a, b = 1, 0
    for k in range(20_000):
        a = (a + n * k) % 65521
        b = (b + a) % 65521
    return b << 16 | a


with open("table.txt", "w") as table:
    for n in range(150):
        value = checksum(n)
        print(n, value, file=table)
        if n % 50 == 0:
            Path(f"part-{n}.bin").write_bytes(value.to_bytes(4, "big"))

lines = Path("table.txt").read_text().splitlines()
print(len(lines), lines[-1])
