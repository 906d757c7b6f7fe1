"""A shared random generator is drawn from through lambdas, functions, callable objects and bound methods."""
import random
rng = random.Random(5)
print([sorted(range(4), key=lambda x: rng.random()) for _ in range(10)])
def k(x): return rng.random()
print([min(range(9), key=k) for _ in range(10)])
class K:
    def __init__(self): self.r = random.Random(3)
    def __call__(self, x): return self.r.random()
kk = K()
print([min(range(9), key=kk) for _ in range(10)])
rr = rng.random
print([rr() for _ in range(10)])
print([list(iter(rr, 2.0))[:0] if i < 0 else sorted([1,2,3], key=lambda _: rr()) for i in range(10)])
