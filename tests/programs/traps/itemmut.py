"""Items are changed by the heavy part, by the loop, through each other and through what is returned."""
def f(x): return sum(range(x))
class P:
    def __init__(self, v): self.v = v; self.hist = []
    def step(self): self.v += f(self.v % 9); self.hist.append(self.v); return self.v
    def peek(self): return f(self.v) + len(self.hist)
ps = [P(k) for k in range(10)]
print([p.step() for p in ps], [p.v for p in ps])
for p in ps:
    r = p.peek()
    p.v = r
    print(r)
ps += ps[:3]
for p in ps:
    r = p.peek()
    p.hist.append(r)
    print(r)
shared = [1]
rows = [[k, shared] for k in range(10)]
for row in rows:
    r = f(row[0]) + len(row[1])
    row[1].append(r)
    print(r)
for i, row in enumerate(rows):
    r = f(row[0]) + sum(rows[i - 1][1]) % 7
    rows[i][0] = r
    print(r)
m = [[0] * 3] * 4
for row in m:
    r = f(5) + sum(row)
    row[0] += r
    print(r)
for row in m:
    r = f(5) + sum(row)
    m[0][1] = r
    print(r)
def pick(row): f(3); return row
got = [pick(row) for row in rows]
got[2].append("x")
print(rows[2][-1], got[2] == rows[2])
best = max(rows, key=lambda row: f(row[0]))
best.append("best")
print([len(r) for r in rows])
srt = sorted(ps, key=lambda p: -p.peek())
srt[0].v = -5
print([p.v for p in ps])
fl = list(filter(lambda p: f(3) > 2 and p.v > 3, ps))
for p in fl: p.v = 0
print([p.v for p in ps])
prev = None
for p in ps:
    r = p.peek() + (prev.v if prev else 0)
    p.v = r + 1
    prev = p
    print(r)
linked = None
for k in range(8):
    linked = (f(k), linked)
print(linked)
last = {}
for k in range(12):
    v = f(k)
    if last.get(v % 3) != v: print("new", v)
    last[v % 3] = v
ws = {}
for w in "abcabdab":
    n = f(len(w) + 5)
    ws.setdefault(w, len(ws) + n)
print(ws)
tot = 0.1
for k in range(20):
    v = f(k) / 7
    tot += v
    if tot > 30: break
print(tot, k)
i = 0
data = [5, 3, 8]
while i < len(data):
    v = f(data[i])
    if v < 20 and len(data) < 9: data.append(v)
    i += 1
print(data)
