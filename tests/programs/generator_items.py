"""The items come from generators that print, remember, and are advanced in the body as well."""


def numbers():
    last = 1
    for k in range(60):
        print("making", k)
        last = last * 7 % 1009
        yield last
    print("no more")


def weigh(n):
    total = n
    for k in range(20_000):
        total = (total * 5 + k) % 65_537
    return total


for n in numbers():
    print(n, weigh(n))

source = iter(range(80))
pairs = []
for n in source:
    pairs.append((weigh(n), next(source, None)))
print(pairs[-1], len(pairs))


def lazily(items):
    for item in items:
        yield weigh(item)


limit = 30
print(sum(value for value in lazily(range(200)) if value < 65_537 // limit))
