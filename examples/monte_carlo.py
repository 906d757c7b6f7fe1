"""Estimates the site percolation threshold of the square lattice.

Each trial opens the sites of a lattice in random order until water finds a way from the top row to the bottom row. The
fraction of open sites at that moment is one estimate of the threshold (0.5927... on an infinite lattice). Every trial has a
random generator of its own, so its result depends on its number only.
"""
import random
from statistics import fmean, stdev

SIZE = 96
TRIALS = 400


def root(parent, site):
    while parent[site] != site:
        parent[site] = parent[parent[site]]
        site = parent[site]
    return site


def threshold(trial):
    rng = random.Random(1000 + trial)
    top, bottom = SIZE * SIZE, SIZE * SIZE + 1
    parent = list(range(SIZE * SIZE + 2))
    is_open = [False] * (SIZE * SIZE)
    order = list(range(SIZE * SIZE))
    rng.shuffle(order)
    for opened, site in enumerate(order, start=1):
        is_open[site] = True
        row, column = divmod(site, SIZE)
        neighbours = []
        if row == 0:
            neighbours.append(top)
        elif is_open[site - SIZE]:
            neighbours.append(site - SIZE)
        if row == SIZE - 1:
            neighbours.append(bottom)
        elif is_open[site + SIZE]:
            neighbours.append(site + SIZE)
        if column > 0 and is_open[site - 1]:
            neighbours.append(site - 1)
        if column < SIZE - 1 and is_open[site + 1]:
            neighbours.append(site + 1)
        for neighbour in neighbours:
            parent[root(parent, site)] = root(parent, neighbour)
        if root(parent, top) == root(parent, bottom):
            return opened / (SIZE * SIZE)


results = [threshold(trial) for trial in range(TRIALS)]
print("trials", len(results))
print("threshold", fmean(results), "+-", stdev(results) / len(results) ** 0.5)
print("lowest", min(results), "highest", max(results))
