"""`map` calls a class whose instances count themselves."""
class C:
    made = 0
    def __init__(self, x):
        C.made += 1
        self.x = x
def work(i):
    return sum(c.x for c in map(C, range(3)))
print([work(i) for i in range(10)], C.made)
