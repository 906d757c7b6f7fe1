"""A process pool executor: futures, as_completed, wait, exceptions, callbacks."""
from concurrent.futures import ProcessPoolExecutor, as_completed, wait, FIRST_EXCEPTION
def f(x): return sum(range(x)) * 2
def g(a, b=3, *, c=4): return a * b + c
def bad(x):
    if x % 4 == 3: raise KeyError(x)
    return x
def main():
    with ProcessPoolExecutor(max_workers=3) as ex:
        print(list(ex.map(f, range(15), chunksize=4)))
        print(list(ex.map(g, range(4), range(4))))
        fs = {ex.submit(f, i): i for i in range(8)}
        print(sorted((fs[x], x.result()) for x in as_completed(fs)))
        fs = [ex.submit(bad, i) for i in range(8)]
        done, not_done = wait(fs)
        print(len(done), len(not_done), [type(x.exception()).__name__ for x in fs])
        try: list(ex.map(bad, range(8)))
        except KeyError as e: print("key", e)
        fu = ex.submit(g, 2, c=9)
        out = []
        fu.add_done_callback(lambda x: out.append(x.result()))
        print(fu.result(timeout=5), fu.done(), fu.cancelled(), out)
    try: ex.submit(f, 1)
    except RuntimeError as e: print(e)
if __name__ == "__main__":
    main()
