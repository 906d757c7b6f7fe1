"""The default factory of a dataclass field draws from `itertools.count`."""
from dataclasses import dataclass, field
import itertools
ids = itertools.count()
@dataclass
class P:
    k: int
    id: int = field(default_factory=lambda: next(ids))
    tags: list = field(default_factory=list)
def work(k): return P(sum(range(k)))
print([work(k) for k in range(12)])
