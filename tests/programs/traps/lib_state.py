RATE = 1
TABLE = [1, 2, 3]
HITS = 0
class Config:
    rate = 2
    items = []
    def __init__(self, k): self.k = k
    def total(self, i): return sum(range(i)) * self.rate + self.k
def scaled(x, seen=[]): return sum(range(x)) * RATE + len(seen)
def rate(x): return sum(range(x)) * Config.rate + len(Config.items)
def pick(x):
    sum(range(x))
    return TABLE
def hit(x):
    global HITS
    HITS += 1
    return sum(range(x)) + HITS
