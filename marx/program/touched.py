"""Libraries whose settings a program's text may change.

A process of a pool inherits them; a chunk has the library as a fresh import gives it. What a chunk is given
(inside/inherited.py) is not told here. Found are, at any place of the program:

    library.name = …, library.Class.method = …      patched: nothing is known of it any more
    library.call(…) whose result nobody takes       called: made for its effect, unless a table knows better
    with library.call(…): …
    settings = library.get_settings(); settings.name = …, logger.setLevel(…)
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from marx.program.facts import imported
from marx.program.known import library_effect
from marx.program.nodes import walk
from marx.program.plan import Touched
from marx.program.scopes import ModuleInfo, Program, resolve
from marx.program.tables import METHODS

_GIVEN = (
    "os.environ", "os.chdir", "os.umask", "sys.argv", "sys.modules", "sys.path", "sys.stdin", "sys.stdout",
    "sys.stderr", "sys.setrecursionlimit", "sys.set_int_max_str_digits", "sys.setswitchinterval", "decimal", "warnings",
    "locale.setlocale", "time.tzset",
    "numpy.set_printoptions", "numpy.seterr", "numpy.errstate", "numpy.printoptions",
)  # fmt: skip
"""What chunks are given, or look after themselves."""
_QUIET = frozenset(
    "abc argparse array ast asyncio atexit bisect bz2 click cmath collections colorsys concurrent configparser"
    " contextlib copy csv curses dataclasses dis doctest email enum faulthandler fractions functools gc getpass"
    " glob graphlib gzip hashlib heapq html http importlib inspect io itertools json lzma math matplotlib"
    " multiprocessing networkx numbers operator os pathlib pdb pickle PIL platform plotly pprint queue random"
    " requests resource rich sched seaborn secrets select selectors shelve shutil signal smtplib socket"
    " socketserver sqlite3 ssl statistics struct subprocess tarfile tempfile textwrap threading time timeit"
    " tkinter tokenize tqdm traceback turtle types typing unittest urllib uuid wave weakref webbrowser xml zipfile"
    " zlib".split()
)
"""Libraries of which a call changes nothing that a task could see: they have no settings, or what is changed is outside
(files, processes, what happens at the end)."""
_ABSTRACT = ("collections.", "numbers.", "typing.", "io.", "os.PathLike.", "contextlib.")
"""Where classes are that others can be registered with."""
_SETTING_WORDS = ("config", "context", "ctx", "default", "logger", "option", "param", "setting")
_SETTING_VERBS = tuple(
    "add config disable enable init install load_ext manual monkey patch pop push register reset seed set update"
    " use work extra".split()
)
"""How the names of functions begin that change a library from elsewhere, where nobody takes their result."""
_LOGGING = frozenset(
    "addFilter addHandler basicConfig captureWarnings dictConfig disable fileConfig removeHandler setFormatter setLevel"
    " setLogRecordFactory setLoggerClass".split()
)


def touched(program: Program) -> Touched:
    """The libraries that are patched, and those that are called for what this changes in them."""
    patched: set[str] = set()
    called: set[str] = set()
    for module in program.modules.values():
        holders = dict(_holders(program, module))
        for node in module.nodes:
            patched.update(_patched(program, module, node))
            called.update(_called(program, module, node, holders))
    return Touched(frozenset(patched), frozenset(called))


def _patched(program: Program, module: ModuleInfo, node: ast.AST) -> Iterator[str]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "register":
        dotted = _library(program, module, node.func)
        yield from _heads([dotted] if dotted.startswith(_ABSTRACT) else [])
    if isinstance(node, ast.Assign | ast.Delete):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr"):
        yield from _heads([_library(program, module, argument) for argument in node.args[:1]])
    for target in targets:
        for part in walk(target):
            if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store | ast.Del):
                yield from _heads([_library(program, module, part)])


def _called(program: Program, module: ModuleInfo, node: ast.AST, holders: dict[str, str]) -> Iterator[str]:
    calls: list[ast.expr] = []
    if isinstance(node, ast.Expr):
        calls = [node.value]
    elif isinstance(node, ast.With | ast.AsyncWith):
        calls = [item.context_expr for item in node.items]
    elif isinstance(node, ast.Assign | ast.AugAssign) and holders:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        chains = (t.value for t in targets if isinstance(t, ast.Attribute | ast.Subscript))
        yield from _heads(holders.get(base.id, "") for base in chains if isinstance(base, ast.Name))
    for call in calls:
        if isinstance(call, ast.Call):
            dotted = _library(program, module, call.func)
            if dotted and not _is_harmless(dotted, not isinstance(node, ast.Expr)):
                yield from _heads([dotted])
            if isinstance(call.func, ast.Attribute) and call.func.attr in _LOGGING and "logging" in imported(program):
                yield "logging"
    if isinstance(node, ast.Call):
        effect = library_effect(dotted) if (dotted := _library(program, module, node.func)) else None
        if effect is not None and "ambient" in effect.flags:
            yield from _heads([dotted])


def _holders(program: Program, module: ModuleInfo) -> Iterator[tuple[str, str]]:
    """Variables that are given what looks like settings of a library, with the library function that gave them."""
    for node in module.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.Attribute):
            dotted = _library(program, module, node.value)
            if any(word in dotted.rpartition(".")[2].lower() for word in _SETTING_WORDS):
                yield from ((target.id, dotted) for target in node.targets if isinstance(target, ast.Name))


def _library(program: Program, module: ModuleInfo, node: ast.expr) -> str:
    """The dotted name of what a library has, "" if it is nobody's or not of a library."""
    meaning = resolve(program, module, node)
    name = meaning.removeprefix("lib:") if meaning is not None and meaning.startswith("lib:") else ""
    head = name.partition(".")[0]
    return name if "." in name and any(d.lstrip(".").split(".")[0] == head for d in module.imports.values()) else ""


def _is_harmless(dotted: str, block: bool) -> bool:
    """`block`: a `with` statement does it, which may change something for a while."""
    effect = library_effect(dotted)
    if effect is not None:
        return "ambient" not in effect.flags
    head, *_, last = dotted.split(".")
    if head in _QUIET or last in METHODS:
        return True
    return not block and head not in sys.stdlib_module_names and not last.startswith(_SETTING_VERBS)


def _heads(dotted: Iterator[str] | list[str]) -> Iterator[str]:
    for name in dotted:
        if name and not any(name == given or name.startswith(given + ".") for given in _GIVEN):
            yield name.partition(".")[0]
