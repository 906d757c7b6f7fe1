"""Key functions of sorted, max and sort: values from chunks, order and exceptions from Python. One looks at the list that
is being sorted, which is empty then."""

def work(n, k=1):
    x = n
    for _ in range(20000):
        x = (x * 1103515245 + 12345 + k) % 2147483648
    return x


class Part:
    def __init__(self, size):
        self.size = size

    def cost(self):
        return work(self.size, 3)


data = [(i * 7919) % 211 for i in range(150)]
print(sorted(data, key=work)[:10], max(data, key=lambda v: work(v, 2)))

parts = [Part(n) for n in range(150)]
parts.sort(key=Part.cost)
print([p.size for p in parts][:6])

seen = []


def peek(v):
    seen.append(len(data))
    return v


data.sort(key=peek)
print(set(seen))


def bad(v):
    if v == 77:
        raise ValueError(v)
    return work(v)


print(sorted(range(120), key=bad))
