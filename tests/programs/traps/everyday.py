"""Fifty small functions as people write them: containers, text, recursion, classes, library calls."""
import collections, itertools, math, re, json, string, statistics, functools, operator, random, hashlib, textwrap, datetime, fractions, decimal, bisect, heapq
from collections import defaultdict, Counter, deque
from dataclasses import dataclass
from typing import List, Optional
square = lambda x: sum(range(x))
DISPATCH = {"a": lambda x: sum(range(x)), "b": len}
WORDS = ["alpha", "beta", "gamma"] * 4
PAT = re.compile(r"a+")
@dataclass
class Pt:
    x: int
    y: int = 0
    def norm(self): return math.hypot(self.x, self.y) + sum(range(self.x))
    @property
    def both(self): return self.x + self.y
    @staticmethod
    def origin(): return Pt(0)
    @classmethod
    def of(cls, x): return cls(x, x)
class Base:
    def run(self, x): return self.step(x) + sum(range(x))
    def step(self, x): return x
class Child(Base):
    def step(self, x): return super().step(x) * 2
def timed(fn):
    @functools.wraps(fn)
    def inner(*a, **k): return fn(*a, **k)
    return inner
@timed
def deco(x): return sum(range(x))
def a1(x): return square(x)
def a2(x): return DISPATCH["a"](x)
def a3(x):
    d = defaultdict(list)
    for w in WORDS: d[w[0]].append(x)
    return sum(map(len, d.values()))
def a4(x): return Counter("".join(WORDS)).most_common(2)
def a5(x): return PAT.sub("b", WORDS[x % 3]), PAT.findall("caab")
def a6(x): return json.loads(json.dumps({"x": [x]}))["x"][0]
def a7(x): return statistics.mean(range(x + 2)), statistics.stdev(range(x + 3))
def a8(x): return hashlib.sha256(str(x).encode()).hexdigest()
def a9(x): return Pt(x, 1).norm(), Pt.of(x).both, Pt.origin().x
def b1(x): return Child().run(x)
def b2(x): return deco(x)
def b3(x):
    try: return 10 // (x % 3)
    except ZeroDivisionError as e: return str(e)
def b4(x):
    r = random.Random(x)
    xs = [r.random() for _ in range(5)]
    r.shuffle(xs)
    return sum(xs) + r.gauss(0, 1) + r.choice([1, 2])
def b5(x): return sorted(WORDS, key=lambda w: (len(w), w))[0], max(WORDS, key=len), sorted(WORDS, key=str.lower)[0]
def b6(x): return list(itertools.accumulate(range(x), operator.add))[-1:], functools.reduce(operator.mul, range(1, x + 1), 1)
def b7(x): return f"{x:>5}|{x!r}" + "%d" % x + "{}".format(x) + str(x).zfill(4) + textwrap.fill("a b " * 3, 5)
def b8(x):
    h = []
    for k in range(x): heapq.heappush(h, -k)
    return heapq.heappop(h) if h else None
def b9(x): return str(datetime.date(2020, 1, 1) + datetime.timedelta(days=x)), fractions.Fraction(x, 3), decimal.Decimal(x) / 3
def c1(x):
    q = deque([x])
    seen = {x}
    while q:
        n = q.popleft()
        for m in (n // 2, n // 3):
            if m not in seen: seen.add(m); q.append(m)
    return sorted(seen)
def c2(x):
    out = []
    push = out.append
    for k in range(x): push(k)
    return out
def c3(x): return [[int(i == j) for j in range(3)] for i in range(x % 3)], list(zip(*[[1, 2], [3, 4]])), {k: v for k, v in enumerate("ab")}
def c4(x):
    memo = {}
    def fib(n):
        if n < 2: return n
        if n not in memo: memo[n] = fib(n - 1) + fib(n - 2)
        return memo[n]
    return fib(x)
def c5(x: int, ys: Optional[List[int]] = None) -> int:
    ys = ys or []
    ys.append(x)
    return sum(ys)
def c6(x): return "".join(random.Random(x).choices(string.ascii_letters, k=4)), bisect.bisect_left([1, 2, 3], x), bin(x).count("1"), math.gcd(x, 6), math.comb(9, x % 5)
def c7(x):
    s = str(x)
    return s == s[::-1], int(s[::-1]), sum(int(c) for c in s), ord(s[0]), s.isdigit(), s.join("ab"), s.split("1"), s.encode().hex()
def c8(x):
    for k in range(10):
        if k * k > x: break
    else: k = -1
    return k
def c9(x):
    m = [[0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3): m[i][j] = i * j + x
    return m
def d1(x):
    p = Pt(x)
    p.y = 4
    p.x += 1
    return p
def d2(x, *args, scale=1, **kw): return sum(args) * scale + kw.get("z", 0) + x
def d3(x):
    def gen():
        for k in range(x): yield k
    return sum(gen()) + sum(k for k in gen() if k % 2)
def d4(x): return isinstance(x, int) and (x if x % 2 else -x), type(x).__name__, callable(len), hash(x), round(x / 3, 2), divmod(x, 3), pow(x, 2, 7), abs(-x)
def d5(x):
    stack = [x]
    total = 0
    while stack:
        n = stack.pop()
        total += n
        if n > 1: stack.extend([n // 2, n // 3])
    return total
def d6(x):
    import math as m
    return m.sqrt(x)
def d7(x): return DISPATCH.get("b")(WORDS), [fn(3) for fn in (square, deco)]
def d8(x):
    match x % 3:
        case 0: return "z"
        case 1 | 2 if x > 3: return "o"
        case _: return "r"
def d9(x):
    global_list = [Pt(k) for k in range(3)]
    global_list.sort(key=lambda p: -p.x)
    return [p.x for p in global_list], min(global_list, key=lambda p: p.norm()).x, sorted(global_list, key=operator.attrgetter("x"))[0].x
for fn in ():
    pass
NAMES = {}
print([a1(k) for k in range(12)])
print([a2(k) for k in range(12)])
print([a3(k) for k in range(12)])
print([a4(k) for k in range(12)])
print([a5(k) for k in range(12)])
print([a6(k) for k in range(12)])
print([a7(k) for k in range(12)])
print([a8(k) for k in range(12)])
print([a9(k) for k in range(12)])
print([b1(k) for k in range(12)])
print([b2(k) for k in range(12)])
print([b3(k) for k in range(12)])
print([b4(k) for k in range(12)])
print([b5(k) for k in range(12)])
print([b6(k) for k in range(12)])
print([b7(k) for k in range(12)])
print([b8(k) for k in range(12)])
print([b9(k) for k in range(12)])
print([c1(k) for k in range(12)])
print([c2(k) for k in range(12)])
print([c3(k) for k in range(12)])
print([c4(k) for k in range(12)])
print([c5(k) for k in range(12)])
print([c6(k) for k in range(12)])
print([c7(k) for k in range(12)])
print([c8(k) for k in range(12)])
print([c9(k) for k in range(12)])
print([d1(k) for k in range(12)])
print([d2(k) for k in range(12)])
print([d3(k) for k in range(12)])
print([d4(k) for k in range(12)])
print([d5(k) for k in range(12)])
print([d6(k) for k in range(12)])
print([d7(k) for k in range(12)])
print([d8(k) for k in range(12)])
print([d9(k) for k in range(12)])
class Sim:
    def __init__(self): self.k = 3; self.log = []
    def one(self, x): return sum(range(x)) * self.k
    def all(self):
        for x in range(12):
            v = self.one(x)
            self.log.append(v)
        return [self.one(x) for x in range(12)], self.log
print(Sim().all())
def main():
    results = {}
    for w in WORDS:
        results[w] = c7(len(w))
    total = 0
    best = None
    for i, w in enumerate(WORDS):
        s = c4(len(w) + i)
        total += s
        if best is None or s > best[0]: best = (s, w)
    with open("o.txt", "w") as fh:
        for i in range(12):
            fh.write(f"{c4(i)}\n")
    for a, b in itertools.combinations(range(6), 2):
        v = c4(a + b)
        results[a, b] = v
    for a, b in zip(WORDS, range(12)):
        results[a, b] = c4(b)
    for i, w in enumerate(WORDS, 1):
        results[i] = c4(i)
    for k, v in sorted(results.items(), key=str):
        results[k] = c4(len(str(v)) % 20)
    for line in open("o.txt"):
        total += c4(len(line))
    for w in set(WORDS):
        total += c4(len(w))
    for x in reversed(range(12)):
        total += c4(x)
    return results, total, best
print(main())
def e1(x):
    d = {}
    for w in WORDS: d.setdefault(w[0], []).append(x)
    return d
def e2(x):
    d = {}
    for w in WORDS:
        if w not in d: d[w] = []
        d[w].append(x)
    return d
def e3(x):
    g = defaultdict(lambda: defaultdict(int))
    for w in WORDS: g[w][w[0]] += x
    return {k: dict(v) for k, v in g.items()}
def e4(x):
    graph = {k: [k + 1, k + 2] for k in range(x)}
    best = {0: 0}
    for k, outs in graph.items():
        for o in outs: best[o] = min(best.get(o, 99), best[k] + 1)
    return best
def e5(x):
    root = {}
    for w in WORDS:
        node = root
        for c in w: node = node.setdefault(c, {})
        node["end"] = x
    return len(root)
print([e1(k) for k in range(12)])
print([e2(k) for k in range(12)])
print([e3(k) for k in range(12)])
print([e4(k) for k in range(12)])
print([e5(k) for k in range(12)])
