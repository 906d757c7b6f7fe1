"""Functions held by attributes and lists print."""
def noisy(x):
    print("n", x)
    return -x
class K:
    def go(self, x): return sorted([x, x + 1], key=self.f)
k = K()
k.f = noisy
print([k.go(i) for i in range(8)])
fs = [noisy]
print([max([1, i], key=fs[0]) for i in range(8)])
