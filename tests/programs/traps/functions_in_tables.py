"""Functions that stand in tables, lists, variables and arguments, and functions that decorators have wrapped."""
import functools
import math
import operator

def heavy(n):
    return sum(i * i % 7 for i in range(n % 50 * 300)) % 1009

LIMIT = 17

def logged(func):
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return func(*args, **kwargs)
    return wrapper

def scaled(factor):
    def decorate(func):
        def wrapper(x):
            return func(x) * factor
        return wrapper
    return decorate

JOBS = {}
def job(name):
    def register(func):
        JOBS[name] = func
        return func
    return register

@logged
def plain(x):
    return heavy(x) % LIMIT

@scaled(3)
@logged
def double(x):
    return heavy(x + 1)

@job("a")
def job_a(x):
    return heavy(x)

@job("b")
def job_b(x, k=2):
    return heavy(x * k) + LIMIT

class Shape:
    def __init__(self, n):
        self.n = n
    def area(self):
        return heavy(self.n)
    @logged
    def edge(self, k):
        return heavy(self.n + k)

class Square(Shape):
    def area(self):
        return heavy(self.n * self.n)

class Poly:
    def __init__(self, c):
        self.c = c
    def __call__(self, x):
        return heavy(x + self.c)

SHAPES = {"shape": Shape, "square": Square}
STEPS = [job_a, job_b, lambda x: heavy(x) - 1, math.isqrt, Poly(3)]

def apply(f, x):
    return f(x)

def play(a, b, n):
    return sum(a(i) - b(i) for i in range(n))

def integrate(f, lo, hi, n):
    h = (hi - lo) / n
    return sum(f(lo + i * h) for i in range(n)) * h

@logged
def integral(f, n):
    return round(integrate(f, 0, 1, n), 6)

def main():
    for i in range(12):
        print(plain(i), double(i), end=" ")
    print()
    print([JOBS[name](i) for i in range(6) for name in JOBS])
    print([JOBS.get(name, job_a)(i) for i, name in enumerate(["a", "b", "c", "a"])])
    print([step(9) for step in STEPS], [apply(s, 5) for s in STEPS])
    for a, b in zip(STEPS, STEPS[1:]):
        print(play(a, b, 5), end=" ")
    print()
    made = []
    for i, kind in enumerate(["shape", "square", "square", "shape"]):
        s = SHAPES[kind](i + 3)
        made.append((s.area(), s.edge(i)))
    print(made)
    print([integral(f, 200) for f in (math.sin, math.cos, lambda x: x * x)])
    power = functools.partial(pow, 3, mod=1009)
    print(list(map(power, range(50)))[::7], functools.reduce(operator.add, map(plain, range(9))))
    poly = Poly(4)
    for i in range(6):
        print(poly(i), end=" ")
    print()
    areas = [s.area for s in (Shape(3), Square(4))]
    print([area() for area in areas], [f(4) for f in [plain, double]])

main()
