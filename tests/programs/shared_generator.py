"""One random generator for all trials: a trial depends on how much the ones before it drew."""
import random

random.seed(7)
own = random.Random(8)


def walk(steps):
    position = 0
    while steps > 0:
        position += random.choice((-1, 1))
        steps -= 1 + random.randrange(2)
    return position


def draw(generator):
    return sum(generator.random() < 0.25 for _ in range(10_000))


print([walk(16_000) for _ in range(60)])
print([draw(own) for _ in range(60)])
