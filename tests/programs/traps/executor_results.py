"""Executors: futures, callbacks, cancelling, waiting for some, errors with their cause, misuse."""
import concurrent.futures as cf, sys, time
from concurrent.futures import ProcessPoolExecutor, as_completed, wait, FIRST_COMPLETED, FIRST_EXCEPTION, Future
def work(x): return x * x
def bad(x):
    if x % 4 == 3: raise ValueError(f"bad {x}")
    return -x
def init(v):
    global V
    V = v
def useinit(x): return V + x
def main():
    with ProcessPoolExecutor(max_workers=3) as ex:
        print(list(ex.map(work, range(10))), list(ex.map(work, range(10), chunksize=4)), list(ex.map(pow, [2, 3], [4, 5])))
        fs = {ex.submit(work, i): i for i in range(8)}
        print(sorted((fs[f], f.result()) for f in as_completed(fs)))
        f = ex.submit(bad, 3)
        print(type(f.exception()).__name__, f.exception(), type(f.exception().__cause__).__name__, str(f.exception().__cause__).replace(__file__, "FILE"))
        print(f.done(), f.running(), f.cancelled(), isinstance(f, Future))
        fs = [ex.submit(bad, i) for i in range(6)]
        done, rest = wait(fs, return_when=FIRST_EXCEPTION)
        print(any(f.exception() for f in done))
        done, rest = wait(fs)
        print(len(done), len(rest), [f.result() if not f.exception() else "E" for f in fs])
        log = []
        f = ex.submit(work, 9); f.add_done_callback(lambda f: log.append(f.result())); f.result()
        print(log)
        print(wait([ex.submit(work, i) for i in range(3)], return_when=FIRST_COMPLETED).done != set())
        it = ex.map(bad, range(6))
        try:
            for v in it: print("v", v)
        except ValueError as x: print("map", x)
        try: ex.submit(lambda: 1).result()
        except Exception as x: print(type(x).__name__, str(x)[:30], type(x.__cause__).__name__)
        try: list(ex.map(work, [1], chunksize=0))
        except ValueError as x: print(x)
    try: ex.submit(work, 1)
    except RuntimeError as x: print(x)
    with ProcessPoolExecutor(2, initializer=init, initargs=(7,)) as ex: print(list(ex.map(useinit, range(4))))
    for kw in [dict(max_workers=0), dict(initializer=5)]:
        try: ProcessPoolExecutor(**kw)
        except Exception as x: print(type(x).__name__, x)
    ex = ProcessPoolExecutor(2)
    f = ex.submit(work, 4)
    f.add_done_callback(lambda f: print("at the end", f.result()))
    ex.shutdown(wait=True)
    ex = ProcessPoolExecutor(2)
    fs = [ex.submit(work, i) for i in range(30)]
    print(fs[-1].cancel(), fs[-1].cancelled())
    ex.shutdown(cancel_futures=True)
    print(fs[0].result(), all(f.done() for f in fs))
    ex = ProcessPoolExecutor()
    f = ex.submit(bad, 7)
    f.exception()  # result() tells another line of the library if it had to wait
    f.result()
if __name__ == "__main__": main()
