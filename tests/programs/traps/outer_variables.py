"""Nested functions that bind variables of the function around them: its own call's affair, unless it lives longer, or
what was bound leads to something shared."""


def heavy(x):
    return sum(i * x % 7 for i in range(40))


def queens(first, n):
    count = 0

    def place(row, columns):
        nonlocal count
        if row == n:
            count += 1
            return
        for column in range(n):
            if all(column != c and abs(column - c) != row - r for r, c in enumerate(columns)):
                place(row + 1, (*columns, column))

    place(1, (first,))
    return count


total = 0
for q in range(6):
    total += queens(q, 6)
print(total)


def best_of(i):
    best, seen = [0], 0

    def look(x):
        nonlocal best, seen
        seen += 1
        if x > best[0]:
            best = [x, [i]]

    def step(j):
        look(heavy(i * j))

    for j in range(5):
        step(j)
    best.append(seen)
    return best


print([best_of(i) for i in range(9)])

shared = []


def leads_out(i):
    rows = None

    def look():
        nonlocal rows
        rows = [[shared]]

    look()
    rows[0][0].append(heavy(i))
    return len(shared)


for i in range(9):
    print(leads_out(i), end=" ")


class Box:
    pass


def fill(box, row):
    box.rows = [[row]]


def by_box(i):
    box = Box()
    fill(box, shared)
    box.rows[0][0].append(heavy(i))
    return len(shared)


for i in range(9):
    print(by_box(i), end=" ")


def replaced(i):
    def step(x):
        return heavy(x)

    def other(x):
        shared.append(heavy(x))
        return len(shared)

    def change():
        nonlocal step
        step = other

    def use():
        return step(i)

    change()
    return use()


for i in range(9):
    print(replaced(i), end=" ")


def counter():
    n = 0

    def step(i):
        def inner():
            nonlocal n
            n += 1

        inner()
        return heavy(i) + n

    return step


step = counter()
for i in range(9):
    print(step(i), end=" ")
print()


def told(n):
    """A region in a function whose nested functions bind its variables."""
    done = 0

    def one(i):
        nonlocal done
        done += 1
        return heavy(i) + done

    def two(i):
        seen = 0

        def deep():
            nonlocal seen
            seen += heavy(i + seen)

        deep()
        deep()
        return seen

    first = [one(i) for i in range(n)]
    second = [two(i) for i in range(n)]
    return first, second, done


print(told(9))
