"""Objects of which the loop changes one attribute and computes with others."""
from dataclasses import dataclass, field

def work(n):
    return sum(i * i % 7 for i in range(n % 50 * 400)) % 1009

class Estimator:
    def __init__(self, scale):
        self.scale = scale
        self.results = []
        self.total = 0
        self.best = None

    def trial(self, k):
        return work(k * self.scale)

    def run(self, n):
        for k in range(n):
            self.results.append(self.trial(k))
        for k in range(n):
            value = self.trial(k)
            self.total += value
            if self.best is None or value > self.best[0]:
                self.best = (value, k)
        return self

    def slots(self, names):
        return {name: self.trial(len(name)) for name in names}

@dataclass
class Stats:
    limit: int
    count: int = 0
    rows: list = field(default_factory=list)

    def add(self, value):
        self.count += 1
        self.rows.append(value)

    def fits(self, value):
        return work(value) < self.limit

e = Estimator(3).run(12)
print(e.results, e.total, e.best, e.slots(["a", "bbb"]))
stats = Stats(40)
for i in range(15):
    if stats.fits(i):
        stats.add(i)
print(stats)

@dataclass
class Instance:
    size: int
    best: int = 0
    log: list = field(default_factory=list)

def solve(inst):
    return work(inst.size)

instances = [Instance(k) for k in range(10)]
for inst in instances:
    inst.best = solve(inst)
for inst in instances:
    if inst.best % 2:
        inst.log.append(solve(inst))
        inst.size = solve(inst) + inst.size
print(instances)

records = {k: {"n": k} for k in range(8)}
for name, rec in records.items():
    rec["score"] = work(rec["n"])
    rec["n"] += 1
print(records)

class Body:
    def __init__(self, m, x):
        self.mass, self.x, self.v = m, x, 0.0

def pull(body, bodies):
    return sum(b.mass * (b.x - body.x) for b in bodies if b is not body)

bodies = [Body(i + 1, i * i) for i in range(9)]
for step in range(3):
    forces = [pull(b, bodies) for b in bodies]
    for b, f in zip(bodies, forces):
        b.v += f / b.mass * work(3)
        b.x += b.v * 0.1
print([(b.v, b.x) for b in bodies])
