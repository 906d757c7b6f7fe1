"""Iterables of user classes print when their length, an iterator or a hint is asked for."""
class Xs:
    def __init__(self): self.n = 0
    def __len__(self):
        print("len!")
        return 10
    def __iter__(self):
        print("iter")
        return iter(range(10))
    def __length_hint__(self):
        print("hint")
        return 5
def work(i): return sum(range(i))
def inner(i): return [work(j) for j in range(3)]
for x in Xs():
    r = [work(x + j) for j in range(3)]
    print(r)
print([work(x) for x in Xs()])
class It:
    def __init__(self): self.i = 0
    def __iter__(self): return self
    def __len__(self):
        print("len")
        return 3
    def __next__(self):
        self.i += 1
        if self.i > 9: raise StopIteration
        return self.i
print([work(x) for x in It()])
print(sum(work(x) for x in It()), list(map(work, It())))
