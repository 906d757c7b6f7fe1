"""A task changes the far end of a long chain, a dictionary with a factory and a generator of random numbers."""
from multiprocessing import Pool
import collections, re, random, argparse
class Link:
    def __init__(self, nxt): self.nxt = nxt
HEAD = END = Link(None)
for _ in range(3000): HEAD = Link(HEAD)
GEN = (x for x in [1, 2, 3])
OUT = []
D = collections.defaultdict(list)
PAT = re.compile("a")
RNG = random.Random(4)
def f(x):
    D[x].append(x); OUT.append(x); END.nxt = "cut"
    return RNG.random(), len(OUT), dict(D), PAT.match("a") is not None
if __name__ == "__main__":
    with Pool(1) as p:
        print(p.apply(f, (1,)), p.apply(f, (2,)))
    print(D, OUT, END.nxt, RNG.random(), next(GEN))
