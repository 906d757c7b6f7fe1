"""Identities told by `id` under a name that is bound only elsewhere, by a default, and through `builtins`."""
import builtins
from dataclasses import dataclass
def heavy(x):
    return sum(range(x * 400 % 3000))
@dataclass
class User:
    id: int
LARGE = [10**6, 10**7]
def work(i):
    heavy(i)
    return LARGE[i % 2]
numbers = [id for id in range(3)]
try:
    numbers[3]
except IndexError as id:
    pass
told = lambda x, key=id: key(x)
print(len({*map(id, [work(i) for i in range(8)])}))
print(len({told(y) for y in [work(i) for i in range(8)]}))
print(len({builtins.id(y) for y in [work(i) for i in range(8)]}))
