"""The loop keeps the new object of an iteration and changes it there, before the heavy part reads it."""
def make(x): return [j * x for j in range(5)]
def heavy(a): return sum(j * j for j in a)
out = []
for x in range(12):
    a = make(x)
    out.append(a)
    out[-1].append(1000)
    b = heavy(a)
    print(b)
class S: pass
s = S()
def touch(): s.cur.append(5)
for x in range(12):
    a = make(x)
    s.cur = a
    touch()
    b = heavy(a)
    print(b)
