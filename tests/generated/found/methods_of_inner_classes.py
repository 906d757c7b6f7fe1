"""Methods of classes inside of others, under names of methods that a list and a set have."""
def heavy(x):
    return sum(range(x * 400 % 3000))
log = []
class Outer:
    class Noted(list):
        def append(self, v):
            log.append(v)
def made():
    class Set:
        def add(self, v): log.append(v)
        def append(self, v): log.append(v)
    return Set()
def fresh(i):
    rows, seen = [], set()
    rows.append(heavy(i))
    seen.add(i)
    return sum(rows) + len(seen)
def either(i):
    rows = [] if i % 2 else made()
    rows.append(heavy(i))
    return i
def inner(i):
    rows = Outer.Noted([heavy(i)])
    rows.append(i)
    return sum(rows)
def renamed(i):
    list = Outer.Noted
    rows = list([heavy(i)])
    rows.append(i)
    return sum(rows)
def held(i):
    rows = [made()]
    for one in rows:
        one.add(heavy(i))
    return len(rows)
print([fresh(i) for i in range(8)], len(log))
print([either(i) for i in range(8)], len(log))
print([inner(i) for i in range(8)], len(log))
print([renamed(i) for i in range(8)], len(log))
def scoped(i):
    made = [list([heavy(i)]) for list in (Outer.Noted, Outer.Noted)]
    for rows in made:
        rows.append(i)
    return [[list([heavy(i)]).append(i) for list in (Outer.Noted,)], len(made)]
print([scoped(i) for i in range(8)], len(log))
print([held(i) for i in range(8)], log)
