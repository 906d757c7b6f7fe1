"""What is opened by a method of the program, or asked about by one while the loop goes on."""
from collections import Counter
from pathlib import Path

PATHS = sorted(Path(__file__).parent.glob("lib_*.py"))


def tokens(text):
    found = Counter()
    for word in str(text).split():
        found[word[:3] + str(len(word) % 3)] += 1
    return found


class Log:
    def __init__(self):
        self.seen = []

    def update(self, counts):
        self.seen.append((handle.tell(), counts.total()))


log = Log()
for path in PATHS:
    with open(path) as handle:
        log.update(tokens(handle.read()))
print(log.seen[:3])

again = []
for path in PATHS:
    with open(path) as file:
        again.append(tokens(file.read()))
    again.append(file.newlines)
print(again[1::2])


class Spool:
    count = 0

    def __init__(self, path):
        self.text, self.position = path.read_text(), 0

    def open(self):
        return self

    def __enter__(self):
        Spool.count += 1
        return self

    def __exit__(self, *_):
        print("left at", self.position)

    def read(self):
        self.position = len(self.text)
        return self.text


sizes = []
for path in PATHS:
    with Spool(path).open() as spool:
        sizes.append(tokens(spool.read()).total())
print(sizes, Spool.count)

spools = [Spool(path) for path in PATHS]
sizes = []
for path in PATHS:
    with spools[len(sizes)].open() as spool:
        sizes.append(tokens(spool.read()).total())
print(sizes, Spool.count)
