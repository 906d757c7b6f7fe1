"""Writes programs: ordinary-looking, deterministic, the same text for the same seed.

A program has data, a class, functions, two to four regions (at the top, in functions, under `__main__`) that read each
other's results, and prints everything at its end. What stands in the lines comes from grammar.py and fixtures.py."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterable

from tests.generated.filling import Scope, Skip
from tests.generated.fixtures import BOX_CHOICES, BOX_EXTRAS, BOX_HEADS, BOX_METHODS, DEFINITIONS, HELD, IMPORTS
from tests.generated.parts import Parts, indented
from tests.generated.statements import FOLD
from tests.generated.traps import SHARED_READS

_WORDS = "oak elm ash fir yew beech lime pine rose fern moss reed".split()
_LINES_MAX = 140
_WORD = re.compile(r"\w+")


def write(seed: int) -> str:
    """The program of a seed."""
    for attempt in range(50):
        chance = random.Random(f"{seed}/{attempt}")
        try:
            tree = ast.parse(_program(chance))
        except (Skip, SyntaxError):
            continue
        text = ast.unparse(tree) + "\n"
        if text.count("\n") <= _LINES_MAX:
            return text
    raise ValueError(f"no program for seed {seed}")


def _program(chance: random.Random) -> str:
    writer = Parts(chance, traps=chance.choice((0, 0, 0, 0, 1, 1, 2, 3)))
    data, lasting = _data(chance)
    known = [(sort, name) for sort, names in lasting.items() if sort in SHARED_READS for name in names]
    writer.shared = chance.choices(known, k=4)
    if chance.random() < 0.6:
        writer.shared += [pair for pair in known if pair[1] in ("xs", "ys", "rows", "box", "boxes", "lists")]
    extras = [template for template in BOX_EXTRAS if chance.random() < 0.07]
    writer.barred -= set(extras)
    empty = {line.split(" = ")[0] for line in data if line.endswith((" []", " {}"))}
    top = Scope({s: [n for n in held if n not in empty] for s, held in lasting.items()}, lasting)
    body: list[str] = []
    writer.defining = True
    for _ in range(chance.randint(2, 4)):
        body += writer.function(top)
    writer.defining = False
    guarded = chance.random() < 0.2
    regions: list[str] = []
    for number in range(chance.choice((1, 2, 2, 3))):
        draw = chance.random()
        if draw < 0.35:
            regions += writer.stage(top, number)
        elif draw < 0.5:
            regions += writer.method(top, number)
        else:
            regions += writer.region(top)
        if chance.random() < 0.3:
            regions += writer.statement(FOLD, top, 1)
    shown = sorted({n for names in (*top.lasting.values(), *top.names.values()) for n in names})
    if guarded:
        regions = ["if __name__ == '__main__':", *indented(regions)]
    text = "\n".join([*body, *_held(writer, "\n".join(regions)), *regions])
    kept = _needed(data, text)
    named = _words(text)
    show = [f"print({n!r}, {n})" for n in shown if n in named | _words(kept)]
    fixtures = [d for name, d in DEFINITIONS.items() if name in named]
    box = _box(writer, extras, text)
    whole = "\n".join([*fixtures, box if "Box" in text + kept else "", kept, text, *show])
    return "\n".join([*(line for mark, line in IMPORTS.items() if mark in whole), whole])


def _held(writer: Parts, text: str) -> list[str]:
    """Variables that hold functions. Functions do not call them, so that none calls itself."""
    numbers = [f.name for f in writer.functions if f.parameters == ("int",) and f.result == "int"]
    named = _words(text)
    lines = [writer.chance.choice(options) for name, options in HELD.items() if name in named]
    return [line.replace("{first}", numbers[0]).replace("{second}", numbers[-1]) for line in lines]


def _needed(data: list[str], text: str) -> str:
    """The lines of data that the text names, and those that these name."""
    kept: list[str] = []
    named = _words(text)
    for line in reversed(data):
        if re.split(r"[ .]", line)[0] in named:
            kept.insert(0, line)
            named |= _words(line)
    return "\n".join(kept)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))


def _data(chance: random.Random) -> tuple[list[str], dict[str, list[str]]]:
    """Global variables of every sort, some of which share their parts: (their lines, their names by sort)."""
    words = chance.choices(_WORDS, k=chance.randint(5, 8))
    boxes = [
        f"Box({n % 50}{', ' + chance.choice(('xs', '[1, 2]', 'ys')) if chance.random() < 0.5 else ''})"
        for n in _numbers(chance, 4, 7)
    ]
    rows = [
        chance.choice((str(_numbers(chance, 1, 4)), "xs", "ys", str(_numbers(chance, 2, 2))))
        for _ in range(chance.randint(4, 7))
    ]
    lines = {**_simple(chance), **_collections(chance, words, boxes, rows)}
    if chance.random() < 0.12:
        lines["array"] = [
            "grid = np.arange(6.0)",
            chance.choice(("view = grid[1:5]", "view = grid * 2", "view = grid")),
        ]
    names = {sort: [line.split(" = ")[0] for line in made if " = " in line] for sort, made in lines.items()}
    return [line for made in lines.values() for line in made], names


def _numbers(chance: random.Random, least: int = 5, most: int = 9) -> list[int]:
    return [
        chance.choice((chance.randint(0, 9), chance.randint(-20, 90), 2**40))
        for _ in range(chance.randint(least, most))
    ]


def _simple(chance: random.Random) -> dict[str, list[str]]:
    """Numbers, texts and lists of numbers, by sort."""
    return {
        "int": [f"size = {chance.randint(2, 9)}", "total = 0"],
        "float": ["rate = 0.1"],
        "text": ["title = 'log'"],
        "pair": ["top = (0, '')"],
        "ints": [
            f"xs = {_numbers(chance)}",
            chance.choice((f"ys = {_numbers(chance)}", "ys = xs", "ys = xs", "ys = xs[::-1]")),
            "out = []",
        ],
    }


def _collections(chance: random.Random, words: list[str], boxes: list[str], rows: list[str]) -> dict[str, list[str]]:
    """Everything that holds other values, by sort; `boxes` and `rows` are expressions for their elements."""
    return {
        "words": [f"words = {words}"],
        "floats": [chance.choice(("rates = [0.1 * q for q in range(6)]", "rates = [float('nan'), 1.5, -0.0]"))],
        "rows": [
            chance.choice(
                (f"rows = [{', '.join(rows)}]", "rows = [[0, 1]] * 5", "rows = [[q, q + 1] for q in range(6)]")
            )
        ],
        "table": [f"table = {{w: len(w) + q for q, w in enumerate({words})}}"],
        "groups": [
            chance.choice(("groups = {}", "groups = {0: xs, 1: [2], 2: xs}", "groups = {q: [q] for q in range(6)}"))
        ],
        "seen": [f"seen = {{{', '.join(str(8 * n) for n in _numbers(chance, 4, 7))}}}"],
        "boxes": [f"boxes = [{', '.join(boxes)}]", *(["boxes.append(boxes[0])"] if chance.random() < 0.2 else [])],
        "box": [chance.choice(("box = Box(3)", "box = boxes[0]", "box = boxes[-1]", "box = Box(5, xs)"))],
        "pairs": [f"pairs = [(q, w) for q, w in enumerate({words})]"],
        "maybe": ["last = None"],
        "mapping": ["mapping = {q: str(q) for q in range(5)}"],
        "queue": ["queue = deque([1, 2, 3], maxlen=5)"],
        "counts": ["counts = Counter()"],
        "lists": [chance.choice(("lists = [[], [], []]", "lists = [[]] * 3", "lists = [xs, [], out]"))],
    }


def _box(writer: Parts, extras: Iterable[str], program: str) -> str:
    """The class of the program, with the methods that the program names."""
    chance = writer.chance
    methods = [method for mark, method in BOX_METHODS.items() if mark in program]
    text = "".join([chance.choice(BOX_HEADS), *methods, *(BOX_EXTRAS[e] for e in extras)])
    for hole, options in BOX_CHOICES.items():
        text = text.replace("{" + hole + "}", chance.choice(options if writer.traps else options[:2]))
    return text
