"""The loop changes values of the dict whose view it iterates over."""
def heavy(a): return sum(range(a))
d = {k: k for k in range(12)}
for k, v in d.items():
    r = heavy(v)
    d[(k + 1) % 12] = r % 7
    print(r)
for v in d.values():
    r = heavy(v)
    d[11] = r + 3
    print(r)
