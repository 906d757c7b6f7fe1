"""A process pool is given methods, callable objects, partials and values of the program's classes."""
from multiprocessing import Pool
from dataclasses import dataclass
from enum import Enum
from collections import namedtuple
from functools import partial
Pt = namedtuple("Pt", "x y")
class Color(Enum):
    RED = 1
    BLUE = 2
@dataclass(frozen=True)
class Job:
    n: int
    c: Color = Color.RED
@dataclass
class Res:
    job: Job
    total: int
class Worker:
    def __init__(self, k): self.k = k
    def run(self, j): return Res(j, sum(range(j.n)) + self.k)
    def __call__(self, j): return j.n + self.k
def scale(k, j): return Pt(j.n * k, j.c)
if __name__ == "__main__":
    jobs = [Job(i, Color(i % 2 + 1)) for i in range(10)]
    w = Worker(5)
    with Pool(3) as p:
        rs = p.map(w.run, jobs)
        print(rs[3], rs[3].job == jobs[3])
        print(p.map(w, jobs))
        print(p.map(partial(scale, 3), jobs))
        print(p.map(set, [[3, 1], [2]]), p.map(float, ["nan", "1"]))
        print(p.starmap(max, [(1, 2), (5, 3)]))
