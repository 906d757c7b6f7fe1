"""Names that may be set: by inner loops where the ordered part of the round may not come to, or to another list than
the one that it has changed or kept meanwhile."""


def h(a):
    return sum(i * a % 7 for i in range(2000))


def heavy(x, a):
    return sum((i + x) * a % 11 for i in range(2000)) + x


class quiet:
    def __enter__(self):
        return 1

    def __exit__(self, *fault):
        return True


total = 0
out = []
for a in range(60):  # within an else
    x = 0
    total += h(a)
    if total % 3 == 0:
        out.append(a)
    else:
        for c in range(2):
            x = c + 1
    out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # body then else
    x = 5
    total += h(a)
    if total % 3 == 0:
        for c in range(2):
            x = c + 1
    else:
        out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # in a loop, next round
    x = 5
    for i in range(3):
        out.append(heavy(x, a))
        total += h(a + i)
        if total % 3 == 0:
            for c in range(2):
                x = c + i
    out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # try
    x = 5
    try:
        total += h(a)
        if total % 4 == 0:
            raise ValueError
        for c in range(2):
            x = c + a
    except ValueError:
        pass
    out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # with
    x = 5
    with quiet():
        total += h(a)
        if total % 4 == 0:
            raise ValueError
        for c in range(2):
            x = c + a
    out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # match
    x = 5
    total += h(a)
    match total % 3:
        case 0:
            for c in range(2):
                x = c + a
        case 1:
            out.append(heavy(x, a))
        case _:
            pass
    out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # break of an inner loop whose body has an inner loop
    x = 5
    for i in range(3):
        for c in range(2):
            x = c + i
        total += heavy(x, a)
        if total % 3 == 0:
            break
    out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # continue
    x = 5
    for i in range(3):
        total += heavy(x, a)
        if total % 3 == 0:
            continue
        for c in range(2):
            x = c + i
    out.append(heavy(x, a))
print(out)
out = []

for a in range(60):  # top-level continue, names after
    x = 5
    total += h(a)
    if total % 3 == 0:
        continue
    for c in range(2):
        x = c + a
    out.append(heavy(x, a))
print(out, x)
out = []

for a in range(60):  # for else
    x = 5
    for i in range(3):
        total += h(a + i)
        if total % 3 == 0:
            break
    else:
        for c in range(2):
            x = c + a
    out.append(heavy(x, a))
print(out, x)
out = []

for a in range(60):  # while in fold
    x = 5
    i = 0
    while i < 3:
        i += 1
        total += h(a + i)
        if total % 3 == 0:
            for c in range(2):
                x = c + a
    out.append(heavy(x, a))
print(out, x)
row = [4]
kept = []
for a in range(60):  # a list that the ordered part has made longer
    col = []
    col.append(heavy(a, 3))
    if heavy(a, 2) % 50 == 1:
        col = list(row)
    kept.append(col)
print(kept)
for a in range(60):  # and one that it has kept elsewhere
    col = []
    kept.append(col)
    if heavy(a, 2) % 50 == 1:
        col = list(row)
    col.append(heavy(a, 5))
print(kept)
for a in range(60):  # its own item
    if heavy(a, 2) % 5 == 1:
        a = heavy(a, 7)
    kept.append(a)
print(kept)
for a in range(60):  # one that only a part of the rounds has set, and the ordered part else
    total += heavy(a, 1)
    if total % 2:
        x = -a
    if heavy(a, 2) % 5 == 1:
        x = heavy(a, 7)
    kept.append(x)
print(kept)
