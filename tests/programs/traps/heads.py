"""The heads of compound statements have effects: with, for, if, while, except, and odd targets."""
N = 0
def c():
    global N
    N += 1
def h(x): return sum(range(x)) + N
class CM:
    def __enter__(self): c(); return self
    def __exit__(self, *a): c()
class It:
    def __iter__(self): c(); return iter([1, 2])
class B:
    def __bool__(self): c(); return False
class E(Exception): pass
def exc(): c(); return E
xs = [1, 2]
class O: pass
o = O()
for i in range(10):
    with CM(): pass
    r = h(i)
    print(r)
for i in range(10):
    for _ in It(): pass
    r = h(i)
    print(r)
for i in range(10):
    if B(): pass
    r = h(i)
    print(r)
for i in range(10):
    while B(): pass
    r = h(i)
    print(r)
for i in range(10):
    try: raise E
    except exc(): pass
    r = h(i)
    print(r)
def t(): return sum(range(40)) + sum(xs)
for i in range(10):
    r = t() + i
    for xs[0] in (r, 2 * r): pass
    print(r)
for i in range(10):
    r = t() + i
    with CM() as xs[1]: pass
    xs[1] = i
    print(r)
o.k = 1
def u(): return sum(range(40)) + o.k
for i in range(10):
    r = u() + i
    for o.k in (1, r): pass
    print(r)
for i in range(10):
    r = u() + i
    for [o.k, z] in [(1, 2), (r, 3)]: print(z)
    print(r)
for i in range(10):
    r = u() + i
    (o.k, q) = r, 1
    print(r)
for i in range(10):
    r = u() + i
    o.k: int = r
    print(r)
for i in range(10):
    r = u() + i
    def g(v=setattr(o, "k", i)): pass
    print(r)
for i in range(10):
    r = u() + i
    class Q:
        o.k = i
    print(r)
for i in range(10):
    r = u() + i
    import sys as s2
    o.k += 1
    print(r)
