"""Submission files: what `marx submit FILE` reads where FILE is not a program but says which one to run, and how.

    executable = census.py --year 2026        program = "census.py"
    data = tables/                            arguments = ["--year", "2026"]
    email = ann@lab.example                   tag = ["nightly"]
    client = Ann's desk                       mail = "ann@lab.example"

Left: `key = value` lines; only `executable` is needed, `#` begins a comment. Right: TOML. The long option names of
`marx submit` are keys in both, but for those of one command line (defaults.py). Paths are those of the file's folder.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from marx.cli.defaults import Values, read_toml
from marx.cli.settings import BadOrder

SUFFIXES = frozenset({".toml", ".marx", ".job", ".sub", ".submit", ".txt", ".conf", ".cfg", ".ini"})
LINE = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*")
BYTES_MAX = 1 << 20
OWN_NAMES = {"email": "mail", "email-type": "mail-type"}
"""Keys that mean an option of another name."""
KEYS = frozenset({"executable", "program", "arguments", "client", *OWN_NAMES})
"""Keys that are not option names."""


@dataclass(frozen=True, slots=True)
class Order:
    """A program with its arguments, the folder it runs in, and values for options."""

    program: str
    arguments: tuple[str, ...]
    folder: Path
    values: Values


def order_of(file: Path) -> Order | None:
    """What a submission file says; None where the file is none. Raises BadOrder for one that is wrong."""
    if file.suffix.lower() not in SUFFIXES or not file.is_file() or file.stat().st_size > BYTES_MAX:
        return None
    table = dict(read_toml(file, BadOrder) if file.suffix.lower() == ".toml" else _read_lines(file))
    program = "executable" if "executable" in table else "program"
    words = _words(file, program, table.pop(program, None))
    if not words:
        raise BadOrder(f"{file}: which program? It needs a line: executable = PROGRAM", fix=f"cat {file}")
    words += _words(file, "arguments", table.pop("arguments", None))
    client = table.pop("client", None)
    values: dict[str, object] = {OWN_NAMES.get(name, name): value for name, value in table.items()}
    if client is not None:
        values["tag"] = [*_words(file, "tag", values.get("tag")), f"client:{client}"]
    return Order(words[0], tuple(words[1:]), file.resolve().parent, Values(str(file), values, BadOrder, beside=KEYS))


def _words(file: Path, key: str, value: object) -> list[str]:
    """A list's items, or the words of a text as a shell would split it. Raises BadOrder where it could not."""
    if value is None:
        return []
    if isinstance(value, list):
        return [str(item) for item in value]
    try:
        return shlex.split(str(value))
    except ValueError as fault:
        place = f"{file}, line {_line_of(file, key)}: {key} = {value}"
        raise BadOrder(f"{place}: {str(fault).lower()}", fix="close the quote, or write a quote as \\'") from None


def _line_of(file: Path, key: str) -> int:
    """The line that gives a key its value; 1 if it stands where only TOML can tell."""
    lines = file.read_text(encoding="utf-8").splitlines()
    found = (number for number, line in enumerate(lines, start=1) if (at := LINE.fullmatch(line)) and _key(at) == key)
    return next(found, 1)


def _key(line: re.Match[str]) -> str:
    return line[1].lower().replace("_", "-")


def _read_lines(file: Path) -> Mapping[str, object]:
    table: dict[str, object] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadOrder(f"{file}: {fault}", fix=f"cat {file}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise BadOrder(f"{file}, line {number}: {line.strip()[:60]!r} is not key = value", fix=f"cat {file}")
        name = _key(match)
        if name in table:
            raise BadOrder(f"{file}, line {number}: {name} is there twice", fix=f"cat {file}")
        table[name] = _unquoted(match[2])
    return table


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
