"""Sets of which a plain copy would iterate in another order: read by the work, met as items, and returned by it."""

words = set("the a an and or of to in is it that for on with as was at by be this from are".split())
graph = {v: {v * 7 % 30, v * v % 29, (v * 5 + 3) % 30, v // 2, (v + 1) % 30} for v in range(30)}
groups = [set(str(n * 7919) for n in range(k)) for k in range(2, 12)]


def within(start):
    seen, last = {start}, {start}
    for _ in range(3):
        last = {w for v in last for w in graph[v]} - seen
        seen |= last
    return seen


for start in graph:
    print(start, within(start), list(words)[start % len(words)])
for group in groups:
    print([w for w in group if w not in words], group | words)
made = [set(range(n, n * n, 7)) for n in range(2, 14)]
for held in made:
    held.update(range(0, 400, 16))
    print(held)
