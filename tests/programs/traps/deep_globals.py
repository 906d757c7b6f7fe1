"""Special methods, context managers, generators and decorators change what the heavy part reads."""
N = 0
STATE = {"k": 1}
def c():
    global N
    N += 1
def b(): c()
def a(): b()
def f(x): return sum(range(x)) + N
def g(x): return f(x) + STATE["k"]
def up(): STATE.update(k=STATE["k"] + 1)
for i in range(10):
    print(f(i)); a()
for i in range(10):
    print(g(i)); up()
def main():
    for i in range(10):
        print(g(i)); a()
main()
def dec(fn):
    def w(*args, **kw):
        global N
        N += 1
        return fn(*args, **kw)
    return w
@dec
def k(x): return sum(range(x)) + N
print([k(i) for i in range(10)])
def gen(n):
    for j in range(n):
        c()
        yield j
for i in range(10):
    r = f(i)
    print(r, list(gen(2)))
import contextlib
@contextlib.contextmanager
def cm():
    c()
    yield
    c()
for i in range(10):
    with cm():
        r = f(i)
    print(r)
class CM:
    def __enter__(self): c()
    def __exit__(self, *a): c()
for i in range(10):
    with CM():
        r = f(i)
    print(r)
class Ctr:
    n = 0
    def __len__(self): Ctr.n += 1; return 3
    def __eq__(self, o): c(); return True
    def __hash__(self): c(); return 1
    def __str__(self): c(); return "S"
    def __add__(self, o): c(); return 1
    def __bool__(self): c(); return True
    def __getitem__(self, i): c(); return 1
    def __contains__(self, i): c(); return True
    def __format__(self, s): c(); return "F"
    def __lt__(self, o): c(); return True
o = Ctr()
def h(x): return sum(range(x)) + N + Ctr.n
for i in range(10): print(h(i), len(o))
for i in range(10): print(h(i), o == 1)
for i in range(10): print(h(i), {o: 1} == 0)
for i in range(10): print(h(i), f"{o}")
for i in range(10): print(h(i), o + 1)
for i in range(10): print(h(i), 1 if o else 2)
for i in range(10): print(h(i), o[1], 1 in o)
for i in range(10): print(h(i), sorted([o, o]) and 1)
for i in range(10): print(h(i), "%s" % o)
for i in range(10): print(h(i), not o)
for i in range(10): assert o; print(h(i))
for i in range(10):
    x, *y = [h(i), o]
    print(x)
    print(o)
