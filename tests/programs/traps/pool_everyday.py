"""Pools in everyday use: methods, classes, copies of arguments, globals of other processes, results out of order."""
import concurrent.futures, multiprocessing, time
from collections import Counter
COUNT = 0
class Shape:
    def __init__(self, w): self.w = w
    def area(self): return self.w ** 2
    @staticmethod
    def twice(x): return 2 * x
def count(x):
    global COUNT
    COUNT += 1
    return x
def mutate(xs):
    xs.append(1); return xs
def chatty(x):
    print("child", x, flush=True); return x
def words(t): return Counter(t.split())
if __name__ == "__main__":
    pool = multiprocessing.Pool(4)
    print(pool.map(Shape.area, [Shape(1), Shape(2)]), pool.map(Shape.twice, [1, 2]))
    shapes = pool.map(Shape, range(3)); print([s.w for s in shapes], type(shapes[0]) is Shape)
    xs = [5]
    print(pool.apply(mutate, (xs,)), xs)
    pool.map(count, range(10)); print(COUNT)
    print(sorted(sum(pool.imap_unordered(words, ["a b a", "b c"]), Counter()).items()))
    print(pool.map_async(count, []).get(), pool.starmap(count, []))
    rs = [pool.apply_async(pow, (2, k)) for k in range(5)]
    print([r.get(5) for r in reversed(rs)])
    out = []
    for k in range(4): pool.apply_async(pow, (3, k), callback=out.append)
    pool.close(); pool.join()
    print(sorted(out))
    import itertools
    with multiprocessing.get_context("spawn").Pool(2) as p:
        for k, v in enumerate(p.imap(abs, range(-3, 3))): print(k, v)
    with concurrent.futures.ProcessPoolExecutor() as ex:
        fs = [ex.submit(time.sleep, 0) for _ in range(2)]
        print(concurrent.futures.wait(fs, timeout=5).not_done)
        for f in concurrent.futures.as_completed([ex.submit(pow, 2, k) for k in range(4)], timeout=9): f.result()
        print(f"{ex.submit(Shape, 3).result().area()}")
    try:
        multiprocessing.Pool(2).map(max, [[1], [], [2]])
    except ValueError as e: print(e, repr(e.__cause__)[:60])
