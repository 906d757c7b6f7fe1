"""The list that is read and the list that is written are one list, under two names."""


def smooth(values, i):
    total = 0
    for k in range(3000):
        total += k * sum(values[max(0, i - 3) : i + 4])
    return total % 97


values = [(i * 37) % 101 for i in range(300)]
result = values
for i in range(len(values)):
    result[i] = smooth(values, i)
print(sum(values), values[:8])

grid = [[0] * 6] * 4
for i in range(4):
    for j in range(6):
        grid[i][j] += smooth(values, 10 * i + j)
print(grid)
