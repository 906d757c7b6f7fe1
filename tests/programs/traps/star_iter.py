"""An iterable with state is unpacked into lists and arguments."""
class It:
    def __init__(self): self.i = 0
    def __iter__(self):
        while True:
            self.i += 1
            yield self.i
            if self.i % 3 == 0: return
it = It()
def work(k): return sum(range(k)) + sum([*it])
print([work(k) for k in range(12)], it.i)
def add(*xs): return sum(xs)
print([add(k, *it) for k in range(12)], it.i)
