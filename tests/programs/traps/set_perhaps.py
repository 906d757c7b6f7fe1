"""Names that an inner loop sets where the ordered part of the round may not come to, read afterwards."""


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
