"""Instances of a class of a local module go out and come back, and the class is changed in between."""
from lib_state import Config
cs = [Config(k) for k in range(12)]
print([c.total(5) for c in cs])
def mk(k):
    c = Config(k)
    c.extra = sum(range(k))
    return c
ms = [mk(k) for k in range(12)]
print([(m.k, m.extra, isinstance(m, Config)) for m in ms])
Config.rate = 11
print([ms[i].total(4) for i in range(12)])
