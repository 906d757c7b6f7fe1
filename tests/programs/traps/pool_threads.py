"""Pools of threads share the program's memory."""
from multiprocessing.dummy import Pool as T
from multiprocessing.pool import ThreadPool
from concurrent.futures import ThreadPoolExecutor
seen = []
def f(x):
    seen.append(x); return x + 1
with T(3) as p: print(p.map(f, range(5)), sorted(seen))
with ThreadPool(2) as p: print(p.starmap(pow, [(2, 3), (3, 2)]))
with ThreadPoolExecutor(2) as e: print(list(e.map(f, range(3))), len(seen))
