"""The function that a loop calls is an argument: pure, partly applied, noisy, or reading what the loop changes."""
from functools import partial


def work(n, k=1):
    x = n
    for _ in range(20000):
        x = (x * 1103515245 + 12345 + k) % 2147483648
    return x


calls = []
scale = 1


def noisy(n):
    calls.append(n)
    return work(n)


def scaled(n):
    return work(n) * scale


def each(function, values):
    return [function(v) for v in values]


data = list(range(150))
print(sum(each(work, data)), sum(each(partial(work, k=3), data)))
print(sum(each(noisy, data)), len(calls), sum(each(lambda v: work(v, 7), data)))

held = scaled
total = 0
for v in data[:60]:
    total += held(v)
    scale += 1
print(total, scale)
