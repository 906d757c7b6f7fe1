"""What the tasks of a pool share with the program: locks, counters, arrays, events, queues. A task that runs apart would
change copies of them, and one that nobody asked for yet may be what the program waits for."""

import multiprocessing as mp
import queue as queues
from concurrent.futures import ProcessPoolExecutor

lock, events, done = mp.Lock(), [mp.Event() for _ in range(2)], mp.Event()
halves, raw, few = mp.Array("d", 6), mp.RawArray("i", 6), mp.Semaphore(2)


def start(*given):
    global counter, results
    counter, results = given


def count(x):
    with counter.get_lock():
        counter.value += x
    with lock, few:
        halves[x] = x / 2
        raw[x] = x * x
    return x


def tell(x):
    results.put((x, x * x))
    if x == 4:
        done.set()


def flag(x):
    events[x].set()
    return x


if __name__ == "__main__":
    total, box = mp.Value("i", 0), mp.Queue()
    with mp.Pool(2, initializer=start, initargs=(total, box)) as pool:
        print(pool.map(count, range(6)), total.value, list(halves), list(raw))
        told = pool.map_async(tell, range(5))
        print(sorted(box.get() for _ in range(5)), done.wait(30))
        told.get()
        try:
            box.get(timeout=0.01)
        except queues.Empty:
            print("empty")
        try:
            pool.map(len, [[mp.Lock()]])
        except RuntimeError as fault:
            print(fault)
    with ProcessPoolExecutor(2) as executor:
        asked = executor.submit(flag, 1)
        print(events[1].wait(30), asked.result(), events[0].is_set())
    print(lock.acquire(timeout=0.01), lock.acquire(block=False))
    lock.release()
    try:
        lock.release()
    except ValueError as fault:
        print(fault)
    inner = mp.RLock()
    with inner, inner:
        print(inner.acquire(block=False))
    changed = mp.Condition()
    with changed:
        print(changed.wait(0.01))
