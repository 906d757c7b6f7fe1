"""With one process, what a task leaves to the next is certain; a process that has had its tasks leaves nothing."""
from multiprocessing import Pool
SEEN = []
def remember(v):
    SEEN.append(v)
    return list(SEEN)
def begin(v): SEEN.append(v)
def explode(v):
    SEEN.append(v)
    raise ValueError(SEEN)
if __name__ == "__main__":
    with Pool(1, begin, ("begin",)) as pool:
        print(pool.map(remember, range(6), chunksize=2))
        print(list(pool.imap(remember, range(3))), pool.apply(remember, ("x",)))
        try: pool.apply(explode, ("y",))
        except ValueError as x: print(x)
        print(pool.starmap(remember, [("z",)]))
    with Pool(1, begin, ("again",), maxtasksperchild=1) as pool:
        print(pool.map(remember, range(4), chunksize=2))
        print(pool.apply(remember, ("w",)))
    print(SEEN)
