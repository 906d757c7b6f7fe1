"""Which kinds of syntax does Python's own standard library consist of?

Parses every module that came with this Python (without its tests and without installed packages) and counts the
nodes of the syntax trees by kind.
"""
import ast
import os
from collections import Counter
from pathlib import Path

LIBRARY = Path(os.__file__).parent
OTHERS = {"test", "tests", "idle_test", "site-packages", "dist-packages"}


def census(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return Counter(type(node).__name__ for node in ast.walk(tree))


modules = sorted(path for path in LIBRARY.rglob("*.py") if OTHERS.isdisjoint(path.parts))

total = Counter()
for path in modules:
    total.update(census(path))

print(f"{len(modules)} modules, {total.total()} nodes, {len(total)} kinds")
for kind, count in total.most_common(25):
    print(f"{kind:<16}{count:>9}{count / total.total():>8.1%}")
