import heapq
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass
class Box:
    n: int
    items: list = field(default_factory=list)


xs = [1099511627776, 3, 51, 1099511627776, 1099511627776, 1099511627776, 15]
ys = xs
out = []
boxes = [Box(1, xs), Box(48, xs), Box(7, ys), Box(6), Box(26, ys), Box(9, [1, 2]), Box(7)]
box = boxes[0]
pairs = [(q, w) for q, w in enumerate(["elm", "pine", "rose", "fir", "oak", "yew", "lime", "pine"])]
queue = deque([1, 2, 3], maxlen=5)
lists = [xs, [], out]


@lru_cache(maxsize=None)
def fold0(i1, held=lists):
    i3 = sum((sum(deque(queue)) % 1009 for i2 in range(4))) % 1009
    i4, *i5 = [(heapq.nsmallest(2, xs) or [8])[(i3 & 255) % 1], i3, i1]
    return sum(map(len, held)) + i4


for p27 in pairs:
    i31 = sum((fold0(i30) for i30 in range(3))) % 1009
    i32 = list({"": i31}.values())[:5]
    xs.insert(0, min(i32, default=-1) % 9)
print("box", box)
