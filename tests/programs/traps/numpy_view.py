"""The loop writes into a view of the array that the heavy part reads."""
import numpy as np
a = np.arange(10)
v = a[2:6]
def work(i): return int(a.sum()) * sum(range(i))
for i in range(12):
    print(work(i))
    v[1] = i
