"""Sets are printed in their own order, which depends on how they came about."""

MASKS = {k * 2**20 for k in range(3, 30)} - {k * 2**20 for k in range(3, 12)}


def reach(n):
    found = set()
    for k in range(30_000):
        found.add((n * k % 511) << 18)
        if k % 3 == 0:
            found.discard((k % 300) << 18)
    return found


everything = set()
for n in range(1, 50):
    part = reach(n)
    everything |= part
    if n % 10 == 0:
        print(n, list(part)[:6], [m >> 20 for m in MASKS if m in part or m % 3 == n % 3])
print(list(everything)[:20])
print([list(reach(n))[:3] for n in range(50, 64)])
