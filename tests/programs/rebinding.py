"""Closures whose variables change while the loop runs, functions that are defined anew, names that are deleted."""


def make(k):
    def inner(n):
        return sum(i * n % (k + 3) for i in range(60_000)) + offset

    return inner


offset = 1
functions = []
results = []
for k in range(40):
    functions.append(lambda n: (make(k)(n), k))
    results.append(make(k)(k))
    if k % 13 == 12:
        offset += 1000
print(results)
print([f(5) for f in functions][::9])


def score(n):
    return sum(i * n % 17 for i in range(70_000))


table = []
for n in range(50):
    table.append(score(n))
    if n == 30:

        def score(n):
            return -sum(i + n for i in range(30_000))


del offset
print(table[28:34])
try:
    print([make(k)(k) for k in range(20)])
except NameError as error:
    print(error)
