"""A function of a library that the loop replaces by its name."""
import math
from unittest import mock
def heavy(x):
    return sum(range(x * 400 % 3000))
def work(i): return heavy(i) + math.floor(2.5)
out = []
for i in range(8):
    with mock.patch("math.floor", lambda x: i):
        out.append(work(i))
print(out)
