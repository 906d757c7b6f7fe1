"""Tasks of pools write files, look at files that were changed before, and go on writing to what stayed open."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool

log = None


def busy(k):
    return sum(i ^ k for i in range(20_000))


def write(k):
    total = busy(k)
    os.makedirs("made", exist_ok=True)
    with open(f"made/{k:02}.txt", "w") as file:
        file.write(str(total))
    return total


def read(k):
    with open("settings.txt") as file:
        return busy(k), file.read()


def seen(k):
    return busy(k), os.path.exists(f"made/{k:02}.txt"), os.path.exists("/tmp/marx-left-here")


def keep_log():
    global log
    log = open("log.txt", "a")


def note(k):
    log.write("x")
    log.flush()
    return busy(k)


if __name__ == "__main__":
    with open("settings.txt", "w") as file:
        file.write("new")
    with open("/tmp/marx-left-here", "w"):
        pass
    with Pool(3) as pool:
        print(pool.map(read, range(12)), pool.map(seen, range(12)))
        print(sum(pool.map(write, range(12))), sorted(os.listdir("made")))
        print(pool.map(seen, range(12)))
    with Pool(3, initializer=keep_log) as pool:
        print(sum(pool.map(note, range(12))))
    print(os.path.getsize("log.txt"))
    with ProcessPoolExecutor(3) as executor:
        print([future.result() for future in [executor.submit(write, k) for k in range(12, 24)]])
    print([seen(k) for k in range(30)])
    os.remove("/tmp/marx-left-here")
    with open("settings.txt", "w") as file:
        file.write("newer")
    print([read(k) for k in range(30)])
