"""Lists that the loop fills with objects that the items read, and lists that only seem to be others."""
def work(n):
    return sum(i * i % 7 for i in range(n % 50 * 300)) % 1009
grid = [[i * j for j in range(9)] for i in range(9)]
def relax(g, i):
    return [work(a + b) for a, b in zip(g[i - 1], g[i + 1])]
for step in range(3):
    new = [grid[0]]
    for i in range(1, 8):
        new.append(relax(grid, i))
    new.append(grid[-1])
    grid = new
print(grid)
rows = [[1], [2], [3]]
seen = [rows[0]]
for i in range(6):
    seen.append(rows[i % 3])
    seen[0].append(work(len(rows[0])))
print(rows, len(seen))
same = rows
for i in range(4):
    same.append([work(len(rows))])
print(rows)
groups = {0: rows[1]}
for i in range(6):
    groups[i] = [work(sum(map(len, rows)))]
print(groups, rows)
best = None
for i in range(8):
    row = rows[i % 3]
    v = work(len(row) + i)
    if best is None or v > best[0]:
        best = (v, row)
        best[1].append(v % 3)
print(best, rows)
picked = []
for row in rows:
    picked.append(row)
    print(work(len(row)), end=" ")
print(picked is not rows, picked == rows)
table = {}
for k, row in enumerate(rows):
    table.setdefault(k % 2, []).append(row)
    table[k % 2][0] += [work(len(row))]
print(table)
