"""Functions that objects keep under names of methods which stand in texts alone; docstrings say get and count too."""
from collections import namedtuple
def heavy(x):
    return sum(range(x * 400 % 3000))
log = []
Ops = namedtuple("Ops", "name, append, count")
class Empty: pass
NAMES = "get items"
def filled(names):
    one = Empty()
    for name in names.split():
        setattr(one, name, log.append)
    vars(one)["index"] = log.append
    return one
ops = Ops("a", log.append, log.append)
def appended(i):
    ops.append(i)
    return heavy(i)
def counted(i):
    one = Ops("b", None, log.append)
    one.count(i)
    return heavy(i)
def got(i):
    one = filled(NAMES)
    one.get(i)
    return heavy(i)
one = filled("get items")
def listed(i):
    one.items(i)
    return heavy(i)
def indexed(i):
    """Get the index, count the items."""
    one.index(i)
    return heavy(i)
def harmless(i):
    """Get and count."""
    rows = [heavy(i)]
    rows.append(rows.count(0))
    return rows
print([appended(i) for i in range(8)], len(log))
print([counted(i) for i in range(8)], len(log))
print([got(i) for i in range(8)], len(log))
print([listed(i) for i in range(8)], len(log))
print([indexed(i) for i in range(8)], len(log))
out = []
for i in range(8):
    v = heavy(i) + len(log)
    ops.count(v)
    one.get(v)
    out.append(v)
print(out, [harmless(i) for i in range(8)], log)
