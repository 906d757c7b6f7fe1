"""What argparse gives is read by the calls."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=1500)
parser.add_argument("--names", nargs="*", default=["ann", "bob"])
options = parser.parse_args()


def heavy(n, depth):
    total = n
    for step in range(depth):
        total = (total * 31 + step) % 65521
    return total


def labelled(n, options):
    return f"{options.names[n % len(options.names)]} {heavy(n, options.depth)}"


results = []
for n in range(60):
    results.append(heavy(n, options.depth))
print(sum(results), [labelled(n, options) for n in range(40)][:3])
options.depth = 3
print(options)
