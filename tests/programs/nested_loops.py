"""Loops in loops, with a running line per row and a matrix that is filled by index."""


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


words = ["".join(chr(97 + (i * i * k + 3 * k) % 26) for i in range(30)) for k in range(1, 60)]
table = [[0] * len(words) for _ in words]
for i, a in enumerate(words):
    for j, b in enumerate(words):
        if i < j:
            table[i][j] = table[j][i] = distance(a, b)
    if i % 8 == 0:
        print(i, sum(table[i]))
print(max(map(max, table)), table[3][:10])
