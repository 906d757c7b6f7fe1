"""An object that the heavy part reads is changed by methods, calls, operators, partials, setattr, vars."""
class Acc:
    def __init__(self): self.total = 0; self.seen = []
    def add(self, v):
        self.total += v
        self.seen.append(v)
    def __call__(self, v): self.add(v)
    def __iadd__(self, v):
        self.add(v); return self
    @property
    def mean(self): return self.total / max(1, len(self.seen))
acc = Acc()
def f(x): return sum(range(x)) + acc.total
def g(x): return sum(range(x)) + acc.mean
def h(x): return sum(range(x)) + len(acc.seen)
for i in range(10): acc.add(f(i))
print(acc.total, acc.seen)
for i in range(10): acc(g(i))
print(acc.total)
for i in range(10): acc += h(i)
print(acc.total)
q = acc
for i in range(10): q.add(h(i))
print(q.seen)
add = acc.add
for i in range(10): add(h(i))
print(q.seen[-3:])
for i in range(10): list(map(acc.add, [h(i)]))
print(q.seen[-3:])
for i in range(10): (lambda v: acc.add(v))(h(i))
print(q.seen[-3:])
d = {"x": acc.add}
for i in range(10): d["x"](h(i))
print(q.seen[-3:])
from functools import partial
p = partial(Acc.add, acc)
for i in range(10): p(h(i))
print(q.seen[-3:])
for i in range(10): getattr(acc, "add")(h(i))
print(q.seen[-3:])
for i in range(10): setattr(acc, "total", h(i) + acc.total)
print(acc.total)
for i in range(10): acc.__dict__["total"] = f(i)
print(acc.total)
for i in range(10): vars(acc)["total"] = f(i)
print(acc.total)
for i in range(10):
    with open("x.txt", "a") as fh: print(h(i), file=fh)
    r = len(open("x.txt").read()) + h(i)
print(r)
