"""In how many ways can n queens stand on an n by n board so that none attacks another?

Counts the solutions for each column of the queen in the first row.
"""
import sys


def count(size, columns, rising, falling, row):
    """Solutions that complete the queens in the rows above `row`, given what they attack."""
    if row == size:
        return 1
    found = 0
    for column in range(size):
        if column not in columns and row + column not in rising and row - column not in falling:
            found += count(size, columns | {column}, rising | {row + column}, falling | {row - column}, row + 1)
    return found


size = int(sys.argv[1]) if len(sys.argv) > 1 else 12
solutions = 0
for column in range(size):
    found = count(size, {column}, {column}, {-column}, 1)
    print(f"first queen in column {column}: {found}")
    solutions += found
print(f"{size} queens: {solutions} solutions")
