from functools import lru_cache


class Box:
    made = 0

    def __init__(self, n, items=()):
        self.n = n
        Box.made += 1

    def total(self):
        return self.n + Box.made

    @property
    def half(self):
        return self.n // 2


size = 8
total = 0
xs = [1, 31, 1099511627776, 40, 6, 1099511627776, 1099511627776, 60]
ys = xs
words = ["oak", "yew", "pine", "reed", "pine"]
table = {w: len(w) + q for q, w in enumerate(["oak", "yew", "pine", "reed", "pine"])}
boxes = [Box(26, ys), Box(26), Box(26), Box(26, [1, 2])]
box = boxes[-1]


def weigh0(i1):

    def l2(v):
        return (v * 3 + 3) % 1009

    i3 = l2(Box(4, [2, 3]).half * -i1 % 1009)
    return (i1 * 8 + max(i3, Box(4, [2, 3]).n) + total + len(table)) % 1009


@lru_cache(maxsize=None)
def fold1(i4):
    i6 = i4
    for t8 in sorted(words)[:4]:
        pass
    return (i4 * 6 + i6 + size + box.total() % 997) % 1009


def stage0(w32, i33):
    a39 = 2
    a40 = 2
    i42 = []
    i37 = sum((weigh0(i36) for i36 in range(3))) % 1009
    for i41 in range(4):
        i42.append(fold1(len(boxes)))
    return (a39, a40, i33, i42, w32)


result00 = stage0(words, size)
result01 = stage0(words, size)
print(result01)
