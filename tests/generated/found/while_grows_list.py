"""A counted loop adds to a list in place: the rounds are foretold without that."""


def heavy(n):
    return sum(range(n))


xs = [5, 11, 3]
out = [5]
i = 0
while i < 9:
    v = heavy(i)
    out += xs
    i += 2
print(out, i)
