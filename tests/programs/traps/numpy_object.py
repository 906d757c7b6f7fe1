"""The loop changes a list through an array of objects, the heavy part reads it by its name."""
import numpy as np
cells = np.empty(3, dtype=object)
inner = [1]
cells[0] = inner
def work(i): return len(inner) + sum(range(i))
for i in range(12):
    print(work(i))
    cells[0].append(i)
