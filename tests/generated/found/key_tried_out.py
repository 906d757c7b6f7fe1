"""A key function changes a list that it reads by another name: it may be called once for each item, and no more."""

rows = [[1], [2]]


def score(i):
    r = rows
    (r or [[]])[-1].append(i)
    return sum(range(i))


print(sorted([4, 4, 9, 1], key=score))
print('rows', rows)
