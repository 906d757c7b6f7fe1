"""Methods of library classes that set, take and ask for items by what a class of the program defines."""
from collections import Counter, OrderedDict, UserDict
def heavy(x):
    return sum(range(x * 400 % 3000))
seen = []
class Counted(Counter):
    def __setitem__(self, key, value):
        seen.append(key)
        super().__setitem__(key, value)
class Ordered(OrderedDict):
    def __setitem__(self, key, value):
        seen.append(key)
        super().__setitem__(key, value)
class Noted(UserDict):
    def __setitem__(self, key, value): seen.append(key)
counted, ordered, noted, out = Counted(), Ordered(), Noted(), []
for i in range(8):
    v = heavy(i) + len(seen)
    out.append(v)
    counted.update("ab")
for i in range(8):
    v = heavy(i) + len(seen)
    out.append(v)
    counted.subtract("ab")
for i in range(8):
    v = heavy(i) + len(seen)
    out.append(v)
    ordered.update({i: 1})
for i in range(8):
    v = heavy(i) + len(seen)
    out.append(v)
    noted.update({i: 1})
for i in range(8):
    v = heavy(i) + len(seen)
    out.append(v)
    noted.setdefault(i, 1)
print(out, len(seen))
