"""Random numbers, environment, folder and output of a pool's processes are theirs alone."""
from multiprocessing import Pool
import decimal, io, os, random, sys
def seeded(seed):
    random.seed(seed)
    return random.random()
def settle():
    os.environ["MARK"] = "set"
    os.chdir("/")
    decimal.getcontext().prec = 3
    sys.setrecursionlimit(5000)
def seen(): return os.environ.get("MARK"), os.getcwd(), str(decimal.Decimal(1) / 3), sys.getrecursionlimit()
def hushed(v):
    sys.stdout = io.StringIO()
    print("never seen", v)
    return v
if __name__ == "__main__":
    random.seed(7)
    folder, limit = os.getcwd(), sys.getrecursionlimit()
    with Pool(1, settle) as pool:
        print(pool.apply(seeded, (1,)), pool.map(seeded, [2, 3]))
        print(pool.apply(seen))
        print(pool.apply(hushed, (1,)))
    print(random.random(), os.environ.get("MARK"), os.getcwd() == folder, decimal.Decimal(1) / 3)
    print(sys.getrecursionlimit() == limit)
