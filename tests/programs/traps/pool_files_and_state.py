"""Tasks write files, which all see, and change what only their process sees; a file that is open stays the same one."""
from concurrent.futures import ProcessPoolExecutor, as_completed
import threading
LOCK = threading.Lock()
DONE = {"names": [], "lock": LOCK}
PAIRS = {}
def write(name):
    with LOCK:
        with open(name + ".txt", "w") as out: out.write(name * 3)
        DONE["names"].append(name)
        PAIRS.setdefault(name, []).append(len(name))
    return name.upper()
def count(name): return len(DONE["names"]) >= 0, open(name + ".txt").read()
if __name__ == "__main__":
    names = ["a", "bb", "ccc", "dddd"]
    with ProcessPoolExecutor(2) as pool:
        print(sorted(f.result() for f in as_completed([pool.submit(write, n) for n in names])))
        print(list(pool.map(write, names)), list(pool.map(count, names)))
        print(pool.submit(write, "e").result())
    print(DONE["names"], PAIRS, DONE["lock"] is LOCK, LOCK.locked())
