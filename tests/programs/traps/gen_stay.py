"""Generators, sets and dicts whose loops are not worth splitting keep all of their items."""
def f(k):
    t = 0
    for i in range(30): t += i * k
    return t
def g(k):
    return f(k)
for n in (3, 100, 20000):
    print(sum(f(k) for k in range(n)), max((f(k) for k in range(n)), default=0), all(g(k) >= 0 for k in [1] * n), sorted(f(k) for k in range(n))[:9])
    print(sum([f(k) for k in range(n)]), len({f(k) for k in range(n)}), ",".join(str(f(k)) for k in range(n))[:50], list(map(f, range(n)))[-3:])
