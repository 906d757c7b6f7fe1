"""Defaults of a function and bases of a class, changed by the loop that calls them."""
def heavy(x):
    return sum(range(x * 400 % 3000))
def plus(i, k=3): return heavy(i) + k
class A:
    def go(self, i): return heavy(i)
class B:
    def go(self, i): return -heavy(i)
class C(A): pass
out = []
for i in range(8):
    v = plus(i)
    plus.__defaults__ = (i,)
    out.append(v)
c = C()
for i in range(8):
    v = c.go(i)
    C.__bases__ = (B,)
    out.append(v)
a = A()
for i in range(8):
    v = a.go(i)
    a.__class__ = B
    out.append(v)
print(out)
