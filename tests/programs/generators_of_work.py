"""Generators that yield heavy values: two at once over the same loop, and one whose consumer changes what it reads."""

def work(n, k=1):
    x = n
    for _ in range(20000):
        x = (x * 1103515245 + 12345 + k) % 2147483648
    return x


def values(n):
    for x in range(n):
        yield work(x)


print(sum(values(150)))
total = 0
for a, b in zip(values(100), values(150)):
    total ^= a + 2 * b
print(total)

for i, v in enumerate(values(150)):
    if i == 60:
        break
print(i, v)

shift = 2


def shifted(n):
    for x in range(n):
        yield work(x, shift)


for i, v in enumerate(shifted(120)):
    if i % 10 == 0:
        shift += 1
    total ^= v
print(total, shift)
