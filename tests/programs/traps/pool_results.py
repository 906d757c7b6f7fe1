"""Every way to ask a pool for results: callbacks, iterators, batches, time-outs, errors with their cause, misuse."""
import multiprocessing, sys, os, time
from multiprocessing import Pool, TimeoutError

LIMIT = 3
def square(x): return x * x
def add(a, b=1): return a + b + LIMIT
def bad(x):
    if x == 5: raise KeyError("five")
    return x
def init(k):
    global START
    START = k
def started(x): return START + x
def lam(): return lambda: 1
class Odd(Exception):
    def __init__(self, a, b): super().__init__(a, b)
def odd(x): raise Odd(1, 2)

if __name__ == "__main__":
    got = []
    with Pool(3) as pool:
        LIMIT = 100
        print(pool, type(pool).__name__, isinstance(pool, multiprocessing.pool.Pool))
        print(pool.map(square, range(20)))
        print(pool.map(square, range(20), chunksize=3))
        print(pool.starmap(add, [(1, 2), (3, 4)]))
        print(list(pool.imap(square, range(7))))
        print(list(pool.imap(square, range(7), 3)))
        print(sorted(pool.imap_unordered(square, range(7), 2)))
        print(pool.apply(add, (1,), {"b": 5}))
        r = pool.apply_async(add, (5,), callback=got.append)
        print(r.get(timeout=10), got, r.ready(), r.successful())
        e = pool.map_async(bad, range(9), 2, callback=got.append, error_callback=lambda e: got.append(repr(e)))
        try:
            e.get()
        except KeyError as x:
            print("caught", x, type(x.__cause__).__name__, str(x.__cause__).replace(__file__, "FILE"))
        print(got, e.successful())
        s = pool.starmap_async(add, [(1, 2), (3, 4)], callback=lambda v: got.append(("s", v)))
        s.wait()
        print(got[-1])
        it = pool.imap(bad, range(8))
        try:
            for v in it: print(v, end=" ")
        except KeyError as x: print("imap", x, str(x.__cause__).replace(__file__, "FILE"))
        print(next(it), it.next(timeout=3))
        try: print(list(it))
        except KeyError as x: print("x")
        try: pool.map(lambda x: x, [1])
        except Exception as x: print(type(x), str(x)[:30])
        try: pool.map(lam, [])
        except Exception as x: print(type(x))
        try: pool.apply(lam)
        except Exception as x: print(type(x), str(x)[:40])
        def gen():
            yield 1
            raise ValueError("in gen")
        try: print(list(pool.imap(square, gen())))
        except ValueError as x: print("gen", x)
        try: pool.imap(square, [1], chunksize=0)
        except ValueError as x: print(x)
    try: pool.map(square, [1])
    except ValueError as x: print(x, pool)
    with Pool(2, init, (10,)) as p2:
        print(p2.map(started, range(5)))
    p3 = Pool(processes=2, maxtasksperchild=1)
    rs = [p3.apply_async(square, (i,)) for i in range(6)]
    p3.close()
    p3.join()
    print([r.get() for r in rs], all(r.ready() for r in rs))
    for bad_args in [dict(processes=0), dict(initializer=3), dict(maxtasksperchild=0)]:
        try: Pool(**bad_args)
        except Exception as x: print(type(x).__name__, x)
    p4 = Pool(2)
    try: p4.join()
    except ValueError as x: print(x)
    p4.terminate(); p4.join()
    ctx = multiprocessing.get_context("fork")
    with ctx.Pool(2) as p5: print(sum(p5.imap_unordered(square, range(100))))
    try:
        ctx.Pool(2).map(odd, range(3))
    except BaseException as x: print(type(x))
    sys.stdout.flush()
    with Pool(2) as p6:
        p6.map(bad, range(10))
