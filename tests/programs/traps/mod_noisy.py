"""A local module prints when it is imported."""
import lib_noisy
from lib_noisy import f
print([f(i) for i in range(12)])
for i in range(12):
    r = f(i)
    print(r)
