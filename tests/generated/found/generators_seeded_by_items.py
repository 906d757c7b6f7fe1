"""What an item leaves a shared random generator in is seen by whoever draws next: after the loop, after a `break`, in a
handler, and by a function that seeds on some paths only."""

import random

random.seed(7)


def work(v):
    return sum(k * k % 7 for k in range(300 + v % 9)) % 1009


def thrown(v):
    random.seed(v % 50)
    return random.randint(0, 99) + int(random.gauss(0, 9) * 8)


def perhaps(v):
    if v % 2:
        random.seed(v % 30)
        return random.randrange(99)
    return work(v)


def failing(v):
    random.seed(v)
    if random.random() < 0.1:
        raise ValueError(v)
    return work(v)


total = 0
for i in range(12):
    if total % 3 == 1:
        total += perhaps(i)
    total += perhaps(i + 1)
    print(i, total)
print(random.random())
for i in range(12):
    value = thrown(i)
    if value > 140:
        break
print(i, value, random.random())
try:
    for i in range(30):
        total += failing(i)
except ValueError as fault:
    print(fault, random.random())
for i in range(9):
    random.seed(i)
    first = work(i) + random.randrange(9)
    cards = list(range(8))
    random.shuffle(cards)
    print(first, cards)
print(random.random(), random.gauss(0, 1))
print([thrown(i) + perhaps(i) for i in range(9)], any(thrown(i) > 130 for i in range(9)), random.random())
