"""The default factory of a dataclass field counts in a global."""
from dataclasses import dataclass, field
N = 0
def next_id():
    global N
    N += 1
    return N
@dataclass
class P:
    k: int
    id: int = field(default_factory=next_id)
def work(k): return P(sum(range(k)))
print([work(k) for k in range(12)], N)
