"""Objects of which the loop changes one attribute, where what it computes with comes to that attribute all the same."""
def work(n):
    return sum(i * i % 7 for i in range(n % 50 * 400)) % 1009

class Node:
    def __init__(self, n, parent=None):
        self.n, self.parent, self.out, self.total = n, parent, [], 0

    def size(self):
        return work(self.n + len(self.out))

    def up(self):
        return work(self.n + len(self.parent.out))

    def guess(self):
        try:
            return work(self.n + self.parent.total)
        except AttributeError:
            return -1

    @property
    def seen(self):
        return work(self.total)

    def fill(self, children):
        for c in children:
            self.out.append(c.up())
        for c in children:
            self.total += c.guess()
        for c in range(5):
            self.out.append(self.size())
        for c in range(5):
            self.total += self.seen + c
        for c in range(5):
            self.out.append(work(len(vars(self)["out"])))

root = Node(3)
children = [Node(i, root) for i in range(7)]
root.fill(children)
print(root.out, root.total)
# two names, one object
one = Node(2)
other = one
for i in range(6):
    one.total += work(other.total % 5 + i)
print(one.total)
# two attributes, one list
one.alias = one.out
for i in range(6):
    one.out.append(work(len(one.alias)))
print(one.out)
# a closure knows the object
def reader(node):
    return lambda i: work(node.total % 7 + i)
read = reader(one)
for i in range(6):
    one.total += read(i)
print(one.total)
# items that know one another, or are one
ring = [Node(i) for i in range(6)]
for a, b in zip(ring, ring[1:] + ring[:1]):
    a.parent = b
for node in ring:
    node.total = node.guess() + 1
print([n.total for n in ring])
for node in [ring[0], ring[1], ring[0]]:
    node.total = node.guess() + work(node.total)
    node.n = work(node.n + 1)
print([n.total for n in ring], [n.n for n in ring])
# the item is changed before it is used
for node in ring:
    node.n += 1
    node.total = work(node.n)
print([n.total for n in ring])
# the item is changed by an inner loop that also uses it
for node in ring:
    for k in range(3):
        node.total += work(node.total % 9 + k)
print([n.total for n in ring])
# items that hold one list
shared = [1]
for node in ring:
    node.out = shared
for node in ring:
    node.out.append(work(len(node.out)))
print(shared)
# the captured list of the items
for node in ring:
    node.total = work(sum(n.total for n in ring) % 11)
print([n.total for n in ring])
for node in ring:
    node.total = work(node.total % 5); ring[0].total = node.total
print([n.total for n in ring])
class Slotted:
    __slots__ = ("n", "out")
    def __init__(self, n):
        self.n, self.out = n, []
    def run(self):
        for i in range(8):
            self.out.append(work(self.n + i))
        for i in range(8):
            self.n += work(self.n % 5 + len(self.out))
        return self.n, self.out
print(Slotted(4).run())
class Counting:
    made = 0
    def __init__(self):
        self.out = []
    def value(self, i):
        return work(self.made + i)
    def run(self):
        for i in range(6):
            self.made += self.value(i)
        for i in range(6):
            self.out.append(self.value(i))
            type(self).made += 1
        return self.made, Counting.made, self.out
print(Counting().run())
class Lazy:
    def __init__(self):
        self.out = []
    def __getattr__(self, name):
        return len(self.out)
    def run(self):
        for i in range(6):
            self.out.append(work(self.missing + i))
        return self.out
print(Lazy().run())
