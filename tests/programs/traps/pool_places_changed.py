"""A task changes defaults, cells, attributes, aliases and names; the program keeps its own of each."""
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
import functools
NONE = object()
class Color(Enum):
    RED = 1
@dataclass
class Box:
    held: list = field(default_factory=list)
    color: Color = Color.RED
    seen = []
    def put(self, v):
        self.held.append(v)
        Box.seen.append(v)
        Box.last = v
        return self
ROWS = [[0], [1]]
FIRST = ROWS[0]
BOX = Box()
COUNT = 0
def counter():
    n, log = 0, []
    def step():
        nonlocal n
        n += 1
        log.append(n)
        return n, list(log)
    return step
STEP = counter()
def collect(v, into=[], *, also={}, none=NONE):
    into.append(v); also[v] = v
    collect.calls = getattr(collect, "calls", 0) + 1
    return into, also, collect.calls, none is NONE
@functools.lru_cache
def cached(v): return v * 2
def work(v):
    global COUNT, FRESH
    COUNT += v
    FRESH = v
    FIRST.append(v)
    BOX.put(v)
    ROWS.append([v])
    return COUNT, ROWS, FIRST is ROWS[0], BOX, STEP(), collect(v), cached(v), BOX.color is Color.RED, Box.seen, Box.last
def fails(v):
    ROWS.clear()
    raise KeyError(v)
if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        for v in (3, 4):
            print(pool.submit(work, v).result())
        print(pool.submit(BOX.put, 9).result(), list(pool.map(work, [5, 6])))
        try: pool.submit(fails, 1).result()
        except KeyError as x: print(repr(x))
        print(pool.submit(len, ROWS).result(), pool.submit(work, 7).result()[1])
    print(COUNT, ROWS, FIRST is ROWS[0], BOX, Box.seen, hasattr(Box, "last"), "FRESH" in globals())
    print(STEP(), collect(1), collect.calls, COUNT)
