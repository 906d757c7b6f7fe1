"""Inner loops, conditions, exceptions, matches, classes, closures, and variables used after their loop."""
def f(x): return sum(range(x))
for i in range(8):
    for j in range(5):
        if j == i % 4: continue
        r = f(i + j)
        if r > 30: break
        print(i, j, r)
    else:
        print("else", i)
print(i, j, r)
def nested():
    out = []
    for i in range(8):
        k = 0
        for j in range(i):
            v = f(j)
            if v % 2:
                last = v
                out.append((i, j, v))
        while k < 3:
            k += 1
            if f(k) == i: break
        else:
            out.append("w")
    return out, i, k, last
print(nested())
for i in range(8):
    if i % 3 == 0: y = f(i)
    elif i == 4: del y
    try: print(i, y)
    except NameError as e: print(e)
for i in range(10):
    try:
        z = 10 // (f(i) % 4)
    except ZeroDivisionError as e:
        print("zde", e)
    else: print("else", z)
    finally: print("fin", i)
try: print(e)
except NameError: print("no e")
if (n := f(9)) > 3: print([m := f(k) for k in range(8)], m, n)
for i, (a, *b) in enumerate([(1, 2, 3)] * 6):
    s = f(a) + f(len(b))
    match s:
        case 0: t = "zero"
        case int(q) if q > 3: t = q
        case _: t = f(i)
    print(i, a, b, s, t)
class C:
    xs = [f(k) for k in range(7)]
    for k in range(7): ys = f(k)
    __priv = 3
    def m(self): return [f(k) + self.__priv for k in range(8)]
    def n(self):
        t = 0
        for k in range(8):
            v = f(k) * self.__priv
            t += v
        return t
print(C.xs, C.ys, C().m(), C().n(), C.k)
def outer():
    t = 0
    def add(v):
        nonlocal t
        t += v
    for k in range(8): add(f(k) + t)
    for k in range(8):
        r = f(k) + t
        add(1)
    return t, r
print(outer())
x = 100
for x in range(6): w = f(x)
print(x, w)
for x in range(0): w = f(x)
print(x, w)
i = 3
for i in range(i, i + 5): print(f(i))
lst = [1, 2, 3]
for v in lst:
    r = f(v)
    if len(lst) < 8: lst.append(r)
print(lst)
it = iter(range(20))
for v in it:
    r = f(v)
    print(v, r, next(it, None))
print([f(v) for v in it])
z = zip(range(5), [f(k) for k in range(5)])
for a, b in z: print(a, f(b))
