"""A descriptor counts how often its attribute is read."""
class D:
    n = 0
    def __get__(self, obj, typ=None):
        D.n += 1
        return D.n
class A:
    x = D()
a = A()
def work(k): return sum(range(k)) + a.x
print([work(k) for k in range(12)], D.n)
