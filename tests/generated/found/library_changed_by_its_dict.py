"""A function of a library that the loop replaces by way of the library's dict."""
import math
def heavy(x):
    return sum(range(x * 400 % 3000))
space = math.__dict__
out = []
for i in range(8):
    v = heavy(i) + math.floor(2.5)
    space["floor"] = lambda x: i
    out.append(v)
print(out)
