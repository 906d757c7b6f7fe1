"""Functions that are met as values and that must not run apart: they count, remember, or hand out what is shared."""
import functools
import random
import time

def heavy(n):
    return sum(i * i % 7 for i in range(n % 50 * 300)) % 1009

calls = {}
def counted(func):
    @functools.wraps(func)
    def wrapper(*args):
        calls[func.__name__] = calls.get(func.__name__, 0) + 1
        return func(*args)
    return wrapper

def memo(func):
    seen = {}
    def wrapper(x):
        if x not in seen:
            seen[x] = func(x)
        return seen[x]
    return wrapper

def numbered(func):
    n = 0
    def wrapper(x):
        nonlocal n
        n += 1
        return func(x) + n
    return wrapper

def timed(func):
    def wrapper(*args):
        start = time.perf_counter()
        result = func(*args)
        wrapper.spent = time.perf_counter() - start
        return result
    return wrapper

@counted
def one(x):
    return heavy(x)
@memo
def two(x):
    return [heavy(x)]
@numbered
def three(x):
    return heavy(x)
@timed
def four(x):
    return heavy(x)

log = []
def noisy(x):
    log.append(x)
    return heavy(x) + len(log)
TABLE = {"one": one, "noisy": noisy}
BEST = [0]
def best(x):
    heavy(x)
    return BEST
GETTERS = [best]
def apply(f, x):
    return f(x)
@functools.wraps(apply)
def handed(f, x):
    return apply(f, x)
APPLY = [handed]

class Rng:
    def __init__(self):
        self.r = random.Random(3)
    def draw(self, k):
        return heavy(self.r.randint(1, 30) + k)
    def both(self, x):
        return self, heavy(x)
    @numbered
    def nth(x):
        return heavy(3)

for i in range(6):
    print(one(i), two(i % 2), three(i), four(i))
print(calls)
for i in range(6):
    t = two(i % 2)
    t.append(i)
print(two(0), two(1))
print([TABLE[k](i) for i, k in enumerate(["noisy", "one", "noisy", "noisy"])], log)
for i in range(5):
    b = GETTERS[0](i)
    b.append(heavy(i))
print(BEST)
print([APPLY[0](noisy, i) for i in range(5)], log)
rng = Rng()
draw = rng.draw
print([draw(k) for k in range(5)])
both = rng.both
pairs = [both(i) for i in range(4)]
pairs[0][0].r = None
print([p[0].r for p in pairs], rng.r)
print([f(3) for f in (noisy, one, noisy)], log, calls)
def swap():
    global step
    step = noisy if step is plain else plain
def plain(x):
    return heavy(x)
step = plain
out = []
for i in range(6):
    out.append(step(i))
    swap()
print(out)
TABLE2 = {"f": plain}
for i in range(5):
    print(TABLE2["f"](i), end=" ")
    TABLE2["f"] = lambda x: heavy(x) + i
print()
def outer():
    total = 0
    def add(x):
        nonlocal total
        total += heavy(x)
        return total
    return [add(i) for i in range(6)], [f(2) for f in [add, add]]
print(outer())
print([Rng.nth(i) for i in range(4)])
