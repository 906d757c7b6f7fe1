"""A cached property prints, and its value is changed afterwards."""
from functools import cached_property
class T:
    def __init__(self, k): self.k = k
    @cached_property
    def table(self):
        print("computing", self.k)
        return [sum(range(self.k))]
ts = [T(k) for k in range(12)]
tables = [t.table for t in ts]
tables[5].append(1)
print([t.table for t in ts])
print(vars(ts[3]))
one = T(9)
print([sum(range(k)) + one.table[0] for k in range(12)])
print(one.__dict__)
