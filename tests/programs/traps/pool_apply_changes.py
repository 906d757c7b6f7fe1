"""A pool of one process keeps what its tasks change, and the program does not see it."""
from multiprocessing import Pool
CACHE = {}
class S: n = 0
def w(i):
    CACHE[i] = i; S.n += 1
    return len(CACHE)
if __name__ == '__main__':
    with Pool(1) as p:
        print(p.apply(w, (3,)), p.apply(w, (4,)))
    print(CACHE, S.n)
