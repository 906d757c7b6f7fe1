"""Files that the fold opens: the map slice may open them a second time only if one slot is all that uses them."""
import csv
import io
from collections import Counter
from pathlib import Path

PATHS = sorted(Path(__file__).parent.glob("lib_*.py"))


def tokens(text):
    found = Counter()
    for word in str(text).split():
        found[word[:3] + str(len(word) % 3)] += 1
    return found


total = Counter()
for path in PATHS:
    with open(path) as file:
        total.update(tokens(file.read()))
print(total.most_common(4))

lines = []
for path in PATHS:
    with open(path, encoding="utf-8") as file:
        heading = next(file)
        counts = tokens(file.read())
        lines.append((heading.strip(), len(counts)))
print(lines[:3], sum(n for _, n in lines))

widths = {}
for path in PATHS:
    with open(path, newline="") as file:
        reader = csv.reader(file)
        rows = list(reader)
        widths[path.name] = tokens(rows)
        print(path.name, len(rows), widths[path.name].total())

pairs = []
for path in PATHS:
    with path.open() as left, open(PATHS[0]) as right:
        pairs.append(tokens(left.read() + right.read()).most_common(1))
print(pairs[-1], len(pairs))

longest = ""
for path in PATHS:
    with open(path) as file:
        if path.stem != "lib_lists":
            counts = tokens(file.read())
            longest = max(longest, max(counts, key=counts.get))
print(longest)


def gather(paths):
    seen = []
    for path in PATHS:
        with open(path) as file:
            best = tokens(file.read()).most_common(2)
            seen.append((Path(file.name).name, file.closed, best))
    return seen, file.closed


seen, closed = gather(PATHS)
print(seen[5], closed, len(seen))


def missing(paths):
    found = []
    for path in PATHS:
        try:
            with open(path) as file:
                found.append(tokens(file.read()).total())
        except OSError as fault:
            print(fault)
    return found


print(sum(missing([*PATHS, "nowhere.txt"])))

remains = []
for path in PATHS:
    with open(path) as file:
        remains.append(tokens(file.readline()).total() + tokens(file.readline()).total())
        remains.append(len(file.read()))
print(remains[-4:])

odd = []
for path in PATHS:
    with open(path) as file:
        odd.append(tokens(file.read(40)))
        odd.append(tokens(file.read()))
print(sum(map(Counter.total, odd)))

kept = []
for path in PATHS:
    with open(path) as file:
        kept.append(file)
        kept.append(tokens(file.read()))
print(sum(c.total() for c in kept[1::2]), kept[0].closed)

shared = io.StringIO("a b c\n" * 30)
counts = Counter()
for path in PATHS:
    with open(path) as one:
        for line in one:
            counts.update(tokens(line * 3))
        counts["ended"] += len(one.read())
print(counts.most_common(3))


def nested(paths):
    out = []
    for path in paths:
        with open(path) as outer:
            for k in range(3):
                out.append(tokens(outer.read(50)).total())
    return out


print(nested(PATHS))


def closure(paths):
    out = []
    for path in paths:
        with open(path) as inner:
            take = lambda: inner.read(30)
            out.append(tokens(take()).total())
            out.append(len(take()))
    return out


print(closure(PATHS))


def by_global():
    return len(opened_here.read())


late = []
for path in PATHS:
    with open(path) as opened_here:
        late.append(tokens(opened_here.read(10)))
        late.append(by_global())
print(late[1::2])

for path in PATHS:
    with open(path) as here:
        value = tokens(here.read())
        if value.total() % 2:
            continue
        print(path.name, value.total())
        if path.stem == "lib_loops":
            break
print(value.total())

with open(PATHS[0]) as top:
    results = []
    for k in range(20):
        results.append(tokens(top.read(70)).total())
print(results)

for path in [*PATHS[:5], "nowhere.txt"]:
    with open(path) as last:
        late.append(tokens(last.read()))
