"""Steps of a counted loop that take hold of a list, add to it, and square a number."""


def heavy(n):
    return sum(range(n))


held = [1]
kept = 0
i, big = 0, 3
while True:
    v = heavy(i)
    kept = held
    kept += [i]
    big = big * big % 10**40
    i += 1
    if v > 30:
        break
print(held, kept, i, big)
n, square = 0, 3
while n < 8:
    v = heavy(n)
    square = square * square
    n += 1
    print(v, len(str(square)))
