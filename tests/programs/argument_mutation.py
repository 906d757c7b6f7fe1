"""The function changes its argument: a shared list, the item itself, a slot of an object."""


class Particle:
    __slots__ = ("speed", "trace")

    def __init__(self, speed):
        self.speed, self.trace = speed, []

    def move(self):
        for _ in range(20_000):
            self.speed = (self.speed * 16807) % 2147483647
        self.trace.append(self.speed % 100)


def consume(stock, n):
    total = sum(i * n % 11 for i in range(60_000))
    stock[total % len(stock)] -= 1
    return max(stock)


stock = [50] * 7
print([consume(stock, n) for n in range(60)], stock)

particles = [Particle(k) for k in range(1, 40)]
particles.append(particles[0])
for particle in particles:
    particle.move()
print([p.trace for p in particles[:3]], particles[0] is particles[-1], sum(p.speed for p in particles))

rows = [[k] for k in range(30)]
sums = [row.append(sum(i * row[0] % 9 for i in range(50_000))) or len(row) for row in rows]
print(sums[:4], rows[:4])
