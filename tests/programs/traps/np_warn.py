"""numpy warns of divisions by zero, under three different filters."""
import numpy as np, warnings
A = np.arange(5.0)
def work(i):
    return (A / (i - 5)).tolist()
for i in range(12):
    print(work(i))
warnings.simplefilter("always")
for i in range(12):
    print(work(i))
warnings.simplefilter("ignore")
for i in range(12):
    print(work(i))
