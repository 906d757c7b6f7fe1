"""Comparisons of identities by functions of other names."""
from operator import is_ as same
def heavy(x):
    return sum(range(x * 400 % 3000))
LARGE = 10**6
def work(i):
    heavy(i)
    return LARGE
print(list(map(same, [work(i) for i in range(8)], [LARGE] * 8)))
