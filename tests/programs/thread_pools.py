"""Pools of threads, which share the program's memory."""

from multiprocessing.dummy import Pool
from multiprocessing.pool import ThreadPool

seen = []


def work(n):
    seen.append(n)
    return n + 1


with Pool(3) as pool:
    print(pool.map(work, range(5)), sorted(seen))
with ThreadPool(2) as pool:
    print(pool.starmap(pow, [(2, 3), (3, 2)]))
