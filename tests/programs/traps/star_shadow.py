"""A star import hides a builtin."""
from math import *
print([pow(2, k) for k in range(12)], [sum([pow(j, 2) for j in range(k)]) for k in range(12)])
