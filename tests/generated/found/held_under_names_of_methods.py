"""Functions that objects and classes keep under names that value types have methods of."""
import itertools
from functools import partialmethod
def heavy(x):
    return sum(range(x * 400 % 3000))
ids = itertools.count()
log = []
found = []
class Held:
    def __init__(self, function): self.append = function
class Given:
    append = None
class Static:
    get = staticmethod(log.append)
class Partly:
    def note(self, a, b):
        log.append(a)
        return b
    get = partialmethod(note, 3)
class Stepping:
    def __init__(self): self.step = log.append
    def step(self, x): return x
    def go(self, i):
        self.step(i)
        return heavy(i)
def inner():
    class Inner:
        def append(self, v): log.append(v)
    return Inner()
def noted(self, v): log.append(v)
Given.append = noted
for one in (Held(found.append), Given(), inner()):
    for i in range(8):
        v = heavy(i) + len(found) + len(log)
        one.append(v)
held, given, made = Held(found.append), Given(), inner()
for i in range(8):
    v = heavy(i) + len(found)
    held.append(v)
for i in range(8):
    v = heavy(i) + len(log)
    given.append(v)
for i in range(8):
    v = heavy(i) + len(log)
    made.append(v)
def static(i):
    one = Static()
    one.get(i)
    return heavy(i)
def partly(i):
    return Partly().get(i) + heavy(i)
print([static(i) for i in range(8)], len(log))
print([partly(i) for i in range(8)], len(log))
stepping = Stepping()
print([stepping.go(i) for i in range(8)], len(log))
print(found, log, next(ids))
