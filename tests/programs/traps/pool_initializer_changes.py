"""An initializer and tasks change a list of the processes, in chunks and one by one."""
from multiprocessing import Pool
import os, random
random.seed(1)
X = []
def init(v): X.append(v)
def w(i):
    X.append(i); s = 0
    for k in range(50000): s += k * i % 7
    return s, X[0]
def r(i): return [random.Random(i).random() for _ in range(1000)][-1]
if __name__ == '__main__':
    with Pool(2, initializer=init, initargs=('init',)) as p:
        print(p.map(w, range(20)))
        print(p.apply(w, (3,)), p.apply_async(w, (4,)).get())
        print([x for x in p.imap(r, range(20), chunksize=5)])
        res = p.map_async(w, range(5)); print(res.get(60), res.successful())
    print(X)
