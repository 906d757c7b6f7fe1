"""A process pool: every kind of call, callbacks, exceptions, initializers."""
from multiprocessing import Pool
import time
def f(x): return sum(range(x)) * 2
def g(a, b): return a * b + sum(range(a))
def bad(x):
    if x == 7: raise ValueError(f"bad {x}")
    return x
class MyErr(Exception):
    def __init__(self, a, b): super().__init__(a, b); self.a = a
def bad2(x): raise MyErr(x, 2)
BASE = 10
def init(b):
    global BASE
    BASE = b
def usebase(x): return x + BASE
def state(x, acc=[]):
    acc.append(x)
    return x
if __name__ == "__main__":
    with Pool(4) as p:
        print(p.map(f, range(20)))
        print(p.starmap(g, [(i, i + 1) for i in range(10)]))
        print(list(p.imap(f, range(10), chunksize=3)))
        print(sorted(p.imap_unordered(f, range(10))))
        rs = [p.apply_async(f, (i,)) for i in range(6)]
        print([r.get() for r in rs])
        got = []
        r = p.map_async(f, range(6), callback=got.append)
        r.wait()
        print(got, r.get(), r.ready(), r.successful())
        try: p.map(bad, range(10))
        except ValueError as e: print("caught", e)
        errs = []
        r = p.apply_async(bad, (7,), error_callback=lambda e: errs.append(str(e)))
        r.wait(); print(errs, r.successful())
        print(p.apply(g, (3,), {"b": 4}))
        print(p.map(str.upper, ["a", "b"]), p.map(len, [[1], [1, 2]]), p.map(abs, iter([-1, 2])))
    with Pool(2, initializer=init, initargs=(100,)) as p:
        print(p.map(usebase, range(8)))
    print(BASE)
    xs = [[1], [2]]
    p = Pool(2)
    ys = p.map(sorted, xs)
    print(ys[0] is xs[0], ys)
    p.close(); p.join()
    try: p.map(f, [1])
    except ValueError as e: print(e)
