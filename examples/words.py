"""The words of the standard library's documentation, by frequency.

Collects the docstrings of all modules, classes and functions that came with this Python. Prints the most frequent words, and
the most talkative modules.
"""
import ast
import os
import re
from collections import Counter
from pathlib import Path

LIBRARY = Path(os.__file__).parent
OTHERS = {"test", "tests", "idle_test", "site-packages", "dist-packages"}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
WORD = re.compile(r"[a-z]{2,}")


def words_of(path):
    """The words of all docstrings in one file, lower case, with their counts."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    words = Counter()
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED):
            text = ast.get_docstring(node) or ""
            words.update(WORD.findall(text.lower()))
    return words


def main():
    paths = sorted(p for p in LIBRARY.rglob("*.py") if OTHERS.isdisjoint(p.parts))
    frequencies = Counter()
    lengths = {}
    for path in paths:
        words = words_of(path)
        lengths[path.relative_to(LIBRARY).as_posix()] = words.total()
        for word, count in words.items():
            frequencies[word] += count

    print(len(frequencies), "different words,", frequencies.total(), "in all")
    for word, count in sorted(frequencies.items(), key=lambda pair: (-pair[1], pair[0]))[:20]:
        print(f"{count:7d}  {word}")
    print("longest documentation:")
    for name, length in sorted(lengths.items(), key=lambda pair: (-pair[1], pair[0]))[:5]:
        print(f"{length:7d}  {name}")


if __name__ == "__main__":
    main()
