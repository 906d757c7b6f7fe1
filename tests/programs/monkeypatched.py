"""A class, a module and an instance are patched, before the loop and in it."""
import math


class Scale:
    factor = 2

    def weigh(self, n):
        return self.factor * sum(math.floor(i * n / 7) for i in range(30_000))


scale = Scale()
original = math.floor
weights = []
for n in range(60):
    weights.append(scale.weigh(n))
    if n == 20:
        Scale.weigh = lambda self, n: sum(i % (n + 1) for i in range(50_000))
    if n == 40:
        scale.factor = 5
        scale.weigh = lambda n: -n
print(weights[18:24], weights[38:44])

math.floor = lambda x: int(x) + 1
print([Scale().weigh(n) for n in range(20)])
print([sum(math.floor(i / (n + 1)) for i in range(30_000)) for n in range(30)])
math.floor = original
print(math.floor(2.5))
