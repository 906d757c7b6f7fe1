"""Imports point downwards only: the layers in `marx/DESIGN.md` are read from there and held against every import.

Imports inside functions count, and so do `importlib.import_module("…")` and `__import__("…")` with a constant name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
DESIGN = TOP / "marx" / "DESIGN.md"
FORBIDDEN_IN_PURE = {"gevent", "zmq", "socket", "sqlite3", "sqlite_utils", "time", "random", "logging"}
ENVIRONMENT_READS = {"environ", "environb", "getenv"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A dotted name that a module asks for, and the line where it does."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Layers:
    """`allowed[layer]`: what the layer may import of ours, as names below `marx` (or "sandbox").

    `pure`: the layers that may have no effects.
    """

    allowed: dict[str, frozenset[str]]
    pure: frozenset[str]


def read_layers(text: str) -> Layers:
    """The section "Layers": rules `upper, upper ► lower, lower (remark)`, three spaces or a line end between them."""
    section = text.split("## Layers", 1)[1].split("\n## ", 1)[0]
    block = section.split("```")[1]
    allowed: dict[str, frozenset[str]] = {}
    for rule in re.split(r" {3,}|\n", re.sub(r"\(.*?\)", "", block)):
        if "►" in rule:
            upper, lower = rule.split("►")
            below = frozenset() if "nothing of ours" in lower else frozenset(name.strip() for name in lower.split(","))
            allowed.update(dict.fromkeys((name.strip() for name in upper.split(",")), below))
    sentence = re.search(r"^(.+?) are pure:", section, re.MULTILINE)
    assert sentence, "DESIGN.md no longer says which layers are pure"
    return Layers(allowed, frozenset(re.findall(r"`(\w+)`", sentence[1])))


def references(tree: ast.Module, package: str) -> Iterator[Reference]:
    """Every module that is imported, and every module attribute imported by `from`, as absolute dotted names."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (Reference(alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = absolute(module or "", package, level)
                yield from (Reference(f"{base}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(
                func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield Reference(name, node.lineno)


def absolute(module: str, package: str, level: int) -> str:
    if level == 0:
        return module
    parts = package.split(".")[: len(package.split(".")) - level + 1]
    return ".".join([*parts, module] if module else parts)


def layer_of(module: str) -> str:
    """The layer that a module of ours belongs to; "" for the package `marx` itself."""
    first, *rest = module.split(".")
    return first if first == "sandbox" else (rest[0] if rest else "")


def is_allowed(name: str, layer: str, allowed: frozenset[str]) -> bool:
    """Whether `layer` may ask for `name`: for what is not ours, its own layer, `marx` itself, or a layer below."""
    if name.split(".")[0] not in {"marx", "sandbox"}:
        return True
    asked = layer_of(name)
    if asked in {"", "__version__"}:
        return layer != "sandbox"
    if layer == "" and asked in {"calls", "joblib"}:
        return True  # `marx.Executor` and its like, imported when they are asked for
    path = name.removeprefix("marx.") + "."
    return asked == layer or any(path.startswith(f"{entry}.") for entry in allowed)


def upward_imports(source: str, module: str, is_package: bool, layers: Layers) -> list[str]:
    layer = layer_of(module)
    package = module if is_package else module.rpartition(".")[0]
    allowed = layers.allowed.get(layer, frozenset())
    return [
        f"{module}:{found.line} imports {found.name}"
        for found in references(ast.parse(source), package)
        if not is_allowed(found.name, layer, allowed)
    ]


def effects(source: str, module: str, is_package: bool) -> list[str]:
    """What a pure layer must not ask for: the clock, chance, sockets, the log, a database, the environment."""
    tree = ast.parse(source)
    package = module if is_package else module.rpartition(".")[0]
    breaches = [
        f"{module}:{found.line} imports {found.name}"
        for found in references(tree, package)
        if found.name.split(".")[0] in FORBIDDEN_IN_PURE or found.name in {f"os.{name}" for name in ENVIRONMENT_READS}
    ]
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=attribute) if attribute in ENVIRONMENT_READS:
                breaches.append(f"{module}:{node.lineno} reads os.{attribute}")
    return breaches


def modules() -> list[tuple[Path, str, bool]]:
    """Every module of ours: its file, its dotted name, and whether it is a package."""
    found = []
    for path in sorted([*TOP.glob("marx/**/*.py"), *TOP.glob("sandbox/**/*.py")]):
        parts = path.relative_to(TOP).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        found.append((path, ".".join(parts[:-1] if is_package else parts), is_package))
    return found


LAYERS = read_layers(DESIGN.read_text(encoding="utf-8"))


def test_the_list_in_the_design_is_read() -> None:
    assert LAYERS.pure == {"core", "program", "wire"}
    assert LAYERS.allowed["core"] == frozenset()
    assert "inside.messages" in LAYERS.allowed["worker"]
    assert "core" not in LAYERS.allowed["worker"]


def test_every_package_has_its_place_in_the_list() -> None:
    packages = {layer_of(module) for _, module, _ in modules()} - {""}
    assert packages <= LAYERS.allowed.keys(), "add the new package to the layers in marx/DESIGN.md"


def test_imports_point_downwards() -> None:
    breaches = [
        breach
        for path, module, is_package in modules()
        for breach in upward_imports(path.read_text(encoding="utf-8"), module, is_package, LAYERS)
    ]
    assert not breaches


def test_pure_layers_have_no_effects() -> None:
    breaches = [
        breach
        for path, module, is_package in modules()
        if layer_of(module) in LAYERS.pure
        for breach in effects(path.read_text(encoding="utf-8"), module, is_package)
    ]
    assert not breaches


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("marx.core.table", "import marx.wire.messages"),
        ("marx.core.table", "from marx import wire"),
        ("marx.core.table", "from ..wire import messages"),
        ("marx.core.table", "def f():\n    from marx.journal.store import Store"),
        ("marx.core.table", "import importlib\nimportlib.import_module('marx.wire')"),
        ("marx.worker.session", "from marx.inside import runner"),
        ("marx.worker.session", "import marx.core.events"),
        ("sandbox.jail", "import marx"),
        ("sandbox.jail", "__import__('marx.wire')"),
    ],
)
def test_an_upward_import_is_noticed(module: str, source: str) -> None:
    assert len(upward_imports(source, module, False, LAYERS)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "marx.core.table",
            "from marx.core.events import Event\nfrom .events import Event\nfrom . import events\nimport enum",
        ),
        (
            "marx.worker.session",
            "from marx.inside.messages import Ran\nfrom marx.inside import messages\nimport sandbox",
        ),
        ("marx.cli.run", "from marx import __version__\ndef f():\n    import marx.tasker.client"),
        ("sandbox.jail", "import sandbox.filter\nfrom .filter import rules"),
    ],
)
def test_a_downward_import_is_not(module: str, source: str) -> None:
    assert upward_imports(source, module, False, LAYERS) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from time import monotonic",
        "def f():\n    import zmq.green",
        "import os\nos.environ['HOME']",
        "from os import getenv",
    ],
)
def test_an_effect_in_a_pure_layer_is_noticed(source: str) -> None:
    assert len(effects(source, "marx.core.table", False)) == 1
