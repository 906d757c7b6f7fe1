from functools import lru_cache

stock = iter([4, 8, 15, 16, 23, 42, 3, 5])
total = 0
out = []
table = {w: len(w) + q for q, w in enumerate(["fir", "ash", "elm", "elm", "pine"])}


@lru_cache(maxsize=None)
def tune0(i1):
    return (i1 * 6 + i1 + i1 + sum(table.values()) % 997) % 1009


def fold2(i8):
    i11 = tune0(total)


def stage0(i13, t14):
    for i17 in stock:
        t20 = fold2(i17)


result00 = stage0(total, table)
table["oak"] = 10**18
for i35 in range(4):
    out.append(tune0(total))
print("out", out)
