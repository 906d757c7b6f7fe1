"""Set and dict comprehensions in a function, recursive ones, and one that raises."""
def f(k, w):
    return sum(range(k)) * w
def main():
    w = 3
    out = []
    print({f(k, w) % 50 for k in range(40)}, {k: f(k, w) for k in range(10)})
    def rec(n):
        return {f(n, w)} | ({x for k in range(n) for x in rec(k)} if n < 4 else set())
    print({frozenset(rec(k % 4)) for k in range(6)} and 1)
    try:
        print({1 // (f(k, 1) - 45) for k in range(40)})
    except ZeroDivisionError as e:
        print(e)
main()
