"""A dict with defaults that grows when it is read, in the ordered part and in the work, and is measured by the work."""
from collections import defaultdict
def heavy(x):
    return sum(range(x * 400 % 3000))
found = defaultdict(int)
out = []
for i in range(12):
    v = heavy(i) + len(found)
    found[i % 5]
    out.append(v)
lists = defaultdict(list)
def work(i):
    if i % 2:
        return heavy(i) + len(lists[i])
    return heavy(i) + len(lists)
print(out, [work(i) for i in range(24)], len(lists))
