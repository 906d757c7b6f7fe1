"""map, filter and starmap, used up by a loop that prints, that stops early, or that changes what the function reads."""
import itertools


def work(n, k=1):
    x = n
    for _ in range(20000):
        x = (x * 1103515245 + 12345 + k) % 2147483648
    return x


data = list(range(150))
total = 0
for r in map(work, data):
    total += r
    if r % 100 == 7:
        print("hit", r)
print(total, r)
print(len(list(filter(lambda v: work(v) % 2, data))), sum(itertools.starmap(work, zip(data, data))))

k = 5
out = []
for r in map(lambda v: v * k, data):
    out.append(r)
    k += 1
print(sum(out), k)

for i, r in enumerate(work(v) for v in data):
    if r % 50 == 3:
        print("stop", i)
        break
for r in (work(v) + 1 for v in data):
    total ^= r
print(total)
