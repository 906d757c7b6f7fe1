"""Process pools in functions of a module."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool

DONE = []


def cube(n):
    return sum(n * n for _ in range(n * 20))


def noted(n):
    DONE.append(n)
    return cube(n) + len(DONE) * 0


def by_pool(n):
    with Pool(2) as pool:
        return pool.map(cube, range(n)), pool.starmap(pow, [(i, 2) for i in range(n)])


def by_executor(n):
    with ProcessPoolExecutor(2) as executor:
        futures = [executor.submit(noted, i) for i in range(n)]
        return [f.result() for f in futures], DONE
