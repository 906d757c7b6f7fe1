"""A mutable default and an attribute of the function remember earlier calls."""


def note(n, earlier=[]):
    total = sum(i * n % 19 for i in range(70_000))
    earlier.append(total % 10)
    return total + len(earlier)


def tally(n):
    tally.total += n
    return sum(i ^ n for i in range(70_000)) % 1000 + tally.total


tally.total = 0
print([note(n) for n in range(60)])
print(note.__defaults__[0][-5:])
print([tally(n) for n in range(60)][-5:], tally.total)
