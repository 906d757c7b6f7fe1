"""A loop over far too many permutations ends early."""
import itertools
def work(p): return sum(a * b for a, b in zip(p, range(12)))
n = 0
for p in itertools.permutations(range(11)):
    r = work(p)
    n += 1
    if n > 300: break
print(n, r)
