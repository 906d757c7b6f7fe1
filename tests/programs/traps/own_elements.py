"""Elements written where they were read: only where nothing else comes to the list do the rounds not meet."""


def heavy(v):
    s = 0
    for k in range(20000):
        s = (s * 31 + k * v) % 1000003
    return s


def with_first(v):
    return heavy(v) + shared[0]


def grown(row):
    row.append(heavy(len(row)))
    return row


def back():
    global i
    i = 0


class Holder:
    def __init__(self, data):
        self.data = data


N = 14
xs = list(range(N))
for i in range(len(xs)):
    xs[i] = heavy(xs[i])
print("own", xs)
for i, x in enumerate(xs):
    xs[i] = heavy(x)
print("in step", xs)
for i in range(N):
    xs[i] += heavy(xs[i])
print("updated", xs)
for i in range(1, N):
    xs[i] = heavy(xs[i - 1])
print("neighbour", xs)
for i in range(N):
    xs[i] = heavy(xs[i]) + sum(xs)
print("whole", xs)
for i, x in enumerate(xs):
    xs[i] = heavy(x) + xs[0]
print("first", xs)

ys = xs
for i in range(N):
    xs[i] = heavy(xs[i] + ys[i - 1])
print("two names", xs)
for i in range(N):
    ys[i] = heavy(xs[i]) + heavy(ys[i])
print("two names in step", xs)
for i in range(N):
    ys[i] = 7
    xs[i] = heavy(xs[i])
print("written before it is read", xs)
for i in range(N):
    xs[N - 1 - i] = 1
    ys[i] = heavy(ys[i])
print("written by another name", ys)
for i, x in enumerate(ys):
    xs[N - 1 - i] = heavy(x) % 100
print("turned round", ys)
for i, x in enumerate(reversed(xs)):
    xs[i] = heavy(x)
print("reversed", xs)

xs = list(range(N))
for i in range(-N, N):
    xs[i] = heavy(xs[i])
print("from behind", xs)
shared = list(range(N))
for i in range(N):
    shared[i] = with_first(shared[i])
print("read by the function", shared)
table = {"f": with_first}
for i in range(N):
    shared[i] = table["f"](shared[i])
print("read by a function that is held", shared)
for i in range(N):
    shared[i] = heavy(shared[i])
    if i % 5 == 3:
        back()
print("number bound anew", shared)
holder = Holder(shared)
for i in range(N):
    shared[i] = heavy(shared[i] + holder.data[i - 1])
print("held by an object", shared)
for i in range(N):
    shared[i] = (lambda v: heavy(v) + shared[-1])(shared[i])
print("read by a lambda", shared)

rows = [[1, 2, 3]] * N
for i in range(N):
    rows[i] = grown(rows[i])
print("rows that are one", rows[0][-3:], len(rows[-1]))
rows = [[1, 2, 3]] * N
for i in range(N):
    rows[i] += [heavy(len(rows[i]))]
print("rows that are one, updated", len(rows[0]), rows[3][-2:])
rows = [[k, k + 1] for k in range(N)]
for i in range(N):
    rows[i] = [heavy(v) for v in rows[i]]
print("rows", rows)
rows[3] = rows
for i in range(N):
    rows[i] = heavy(len(rows[i]) + len(rows[3]) if i < 4 else 5)
print("held by itself", rows)


def later(values):
    found = []
    for i in range(len(values)):
        values[i] = heavy(values[i])
        lazy = (heavy(values[i]) for _ in range(1))
        values[i] = 5
        found.append(next(lazy))
    return values, found


def sorted_out(values, again):
    for i, v in enumerate(values):
        if v % 2:
            values[i] = heavy(v) + heavy(again[0])
    return values


print("later", later(list(range(N))))
numbers = list(range(N))
print("given twice", sorted_out(numbers, numbers))
print("given apart", sorted_out(numbers, list(numbers)))
grid = [[1] * 3] * 3
for i in range(3):
    for j in range(3):
        grid[i][j] = heavy(grid[i][j]) % 1000 + i
print("grid of one row", grid)
d = {k: k for k in range(N)}
for i in range(N):
    d[i] = heavy(d[i])
print("dict", d)
