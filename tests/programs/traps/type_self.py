"""Instances count themselves through `type(self)` and `self.__class__`."""
class A:
    made = 0
    def __init__(self, k):
        type(self).made += 1
        self.k = sum(range(k))
class B:
    made = 0
    def __init__(self, k):
        self.__class__.made += 1
        self.k = sum(range(k))
print([A(k).k for k in range(12)], A.made)
print([B(k).k for k in range(12)], B.made)
