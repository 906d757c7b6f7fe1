"""A set that was larger has a larger table: what is added after it came back has to find its place there."""


def few(n):
    made = set(range(100 + n))
    for x in range(5, 100 + n):
        made.discard(x)
    return made


made = [few(n) for n in range(10)]
for s in made:
    s.add(300)
    s.add(270)
print(made)
