"""The guarded tier: everyday programs run as they always do, and known ways past language guards are shut.

Each way is a program that prints OUT if it got anywhere. As controls, the same programs without guards do.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

from sandbox.guarded import NOT_ALLOWED, broken_guards, run_guarded
from sandbox.proxies import ALLOWED
from sandbox.spec import Limits
from tests.sandbox.constructs import CONSTRUCTS
from tests.sandbox.ground import TOP

REFUSED = {"asynchronous", "exception groups"}
OUT = b"OUT"

WAYS = {
    "class of a value": "().__class__ and print('OUT')",
    "globals of a function": "def f(): pass\nf.__globals__ and print('OUT')",
    "globals through getattr": "def f(): pass\ngetattr(f, '__globals__') and print('OUT')",
    "name that lies": "class S(str):\n    def startswith(self, *a): return False\n"
    "    def __eq__(self, o): return False\n    def __hash__(self): return 0\n"
    "getattr(print, S('__self__')) and print('OUT')",
    "frame of a generator": "g = (g.gi_frame for _ in [1])\nnext(g) and print('OUT')",
    "frame through getattr": "g = (0 for _ in [1])\ngetattr(g, 'gi_' + 'frame') and print('OUT')",
    "frame through a pattern": "g = (0 for _ in [1])\nmatch g:\n    case object(gi_frame=f): print('OUT')",
    "traceback": "try: 1 / 0\nexcept Exception as e: e.__traceback__.tb_frame and print('OUT')",
    "object of an error": "import json\ntry: json.nothing\nexcept AttributeError as e: e.obj is json and print('OUT')",
    "object of an error by getattr": "import json\ntry: json.nothing\n"
    "except AttributeError as e: getattr(e, 'obj') is json and print('OUT')",
    "object of an error by a pattern": "import json\ntry: json.nothing\nexcept AttributeError as e:\n    match e:\n"
    "        case AttributeError(obj=o): print('OUT')",
    "format": "'class' in '{0.__class__}'.format(1) and print('OUT')",
    "format by name": "'class' in getattr('{0.__class__}', 'format')(1) and print('OUT')",
    "format of the class": "'class' in str.format('{0.__class__}', 1) and print('OUT')",
    "format through map": "'class' in list(map(str.format, ['{0.__class__}'], [1]))[0] and print('OUT')",
    "format of a mapping": "'class' in '{a.__class__}'.format_map({'a': 1}) and print('OUT')",
    "format of a subclass": "class S(str): pass\n'class' in S('{0.__class__}').format(1) and print('OUT')",
    "format of super": "class S(str):\n    def go(self): return super().format(1)\n"
    "'class' in S('{0.__class__}').go() and print('OUT')",
    "format in a format": "'class' in '{0:{1.__class__}}'.format('', 1) and print('OUT')",
    "format through a method": "f = 'x'.format\nf.__self__ and print('OUT')",
    "module behind a module": "import json\njson.codecs.builtins and print('OUT')",
    "module of modules": "import sys\nsys.modules and print('OUT')",
    "import of the system": "import os\nos.getcwd() and print('OUT')",
    "import by name": "__import__('os') and print('OUT')",
    "import of what is inside": "from json import decoder\ndecoder and print('OUT')",
    "import of a part of the library": "from collections import abc\nprint('OUT')",
    "import relative to nothing": "from . import os\nprint('OUT')",
    "attribute getter": "import operator\noperator.attrgetter('__class__')(1) and print('OUT')",
    "formatter of the library": "import string\nstring.Formatter().vformat('{0.__class__}', [1], {}) and print('OUT')",
    "open": "open('/etc/passwd').read() and print('OUT')",
    "eval": "e = eval\ne('1') and print('OUT')",
    "exec": "exec('print(\"OUT\")')",
    "compile": "compile('1', 'x', 'eval') and print('OUT')",
    "globals": "globals() and print('OUT')",
    "vars": "vars(int) and print('OUT')",
    "class of classes": "type(int)('X', (), {}) and print('OUT')",
    "class made by type": "type('X', (), {}) and print('OUT')",
    "metaclass": "class M(int, metaclass=int): pass\nprint('OUT')",
    "metaclass by keywords": "class M(object): pass\nclass X(**{'metaclass': lambda *a, **k: print('OUT')}): pass",
    "subclasses": "object.__subclasses__() and print('OUT')",
    "order of classes": "getattr(int, 'mro')() and print('OUT')",
    "built-ins": "__builtins__ and print('OUT')",
    "built-ins of a function": "print.__self__ and print('OUT')",
    "attribute of the library": "import json\njson.dumps = 1\nprint('OUT')",
    "attribute of a class of the library": "from fractions import Fraction\nFraction.x = 1\nprint('OUT')",
    "attribute of the library by setattr": "import json\nsetattr(json, 'x', 1)\nprint('OUT')",
    "attribute in a loop": "import json\nfor json.x in [1]: print('OUT')",
    "attribute in a with": "import json\nclass C:\n    def __enter__(self): return 1\n"
    "    def __exit__(self, *a): pass\nwith C() as json.x: print('OUT')",
    "library class as a dataclass": "from dataclasses import dataclass\nfrom fractions import Fraction\n"
    "dataclass(Fraction)\nFraction.x = 1\nprint('OUT')",
    "text in a field": "from dataclasses import dataclass\nclass A: pass\n"
    "A.__annotations__ = {'x=print(\"OUT\")': int}\ndataclass(A)",
    "text in a field at the second look": "from dataclasses import dataclass\nclass D(dict):\n    n = 0\n"
    "    def __iter__(self):\n        D.n += 1\n        return iter(['x'] if D.n < 2 else ['x=print(\"OUT\")'])\n"
    "    def keys(self): return list(iter(self))\n    def __getitem__(self, k): return int\n"
    "class A: pass\nA.__annotations__ = D(x=int)\ndataclass(A)\nprint('OUT')",
    "text in a name of a tuple": "from collections import namedtuple\nnamedtuple('A', ['x=print(\"OUT\")'])",
    "names to wrap": "from functools import wraps\ndef f(): pass\n"
    "wraps(print, assigned=('__self__',))(f)\nprint('OUT')",
    "dict to wrap": "from functools import update_wrapper\nprint('OUT')",
    "pattern arguments": "class A:\n    __match_args__ = ('__class__',)\nprint('OUT')",
    "reduction": "import copy\nclass A:\n    def __reduce__(self): return (print, ('OUT',))\ncopy.copy(A())",
    "guard by name": "_write_ and print('OUT')",
    "guard replaced": "def f(_getattr_): pass\nprint('OUT')",
    "memory": "memoryview(b'x') and print('OUT')",
    "asynchronous generator": "async def f(): yield 1\nprint('OUT')",
    "coding": "# coding: utf-7\n+AHAAcgBpAG4AdAAo- 'OUT')",
}
HARMLESS_OUTSIDE = {"coding", "guard by name", "metaclass", "format through a method"}
"""Not even Python lets these print it, or their names mean nothing there."""


IN_TURN = """
import sys
from tests.sandbox.constructs import CONSTRUCTS
from tests.sandbox.test_guarded import WAYS
from sandbox.guarded import execute
for name, source in (WAYS if sys.argv[2] == "ways" else CONSTRUCTS).items():
    print("==", name, flush=True)
    if sys.argv[1] == "guarded":
        print(execute(source.encode(), "p.py", []))
    else:
        exec(compile(source, "p.py", "exec"), {"__name__": "__main__"})
        print(0)
"""


@cache
def in_turn(how: str, which: str) -> dict[str, str]:
    """All of them in one process; by name what each printed, and after it its exit code."""
    command = [sys.executable, "-c", IN_TURN, how, which]
    said = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout
    return dict(part.split("\n", 1) for part in said.split("== ")[1:])  # type: ignore[misc]


@pytest.mark.parametrize("name", WAYS)
def test_a_way_past_the_guards_is_shut(name: str) -> None:
    assert in_turn("guarded", "ways")[name] in ("1\n", f"{NOT_ALLOWED}\n")


def test_without_guards_most_of_them_are_open() -> None:
    programs = [source for name, source in WAYS.items() if name not in HARMLESS_OUTSIDE]
    each = "import sys\nfor source in sys.argv[1:]:\n"
    each += "    try: exec(source, {'__name__': '__main__'})\n    except Exception: pass"
    said = subprocess.run([sys.executable, "-c", each, *programs], capture_output=True).stdout
    assert said.count(OUT) > len(programs) // 2


def test_everyday_programs_give_what_python_gives() -> None:
    plain, guarded = in_turn("plain", "constructs"), in_turn("guarded", "constructs")
    different = {name for name in CONSTRUCTS if plain[name] != guarded[name]}
    assert different == REFUSED


def test_the_readme_counts_them_rightly() -> None:
    readme = " ".join((TOP / "sandbox" / "README.md").read_text(encoding="utf-8").split())
    assert f"{len(CONSTRUCTS) - len(REFUSED)} of {len(CONSTRUCTS)} everyday constructs run unchanged" in readme


def test_errors_are_the_programs_own() -> None:
    ended = run_guarded(b"def f():\n    return 1 / 0\nf()\n", "prog.py")
    assert ended.exit_code == 1
    assert ended.stderr.decode().startswith('Traceback (most recent call last):\n  File "prog.py", line 3, in <module>')
    assert ended.stderr.decode().endswith("ZeroDivisionError: division by zero\n")


def test_arguments_and_exit_codes() -> None:
    ended = run_guarded(b"import sys\nprint(sys.argv)\nsys.exit(7)", "prog.py", ["a", "b"])
    assert (ended.exit_code, ended.stdout) == (7, b"['prog.py', 'a', 'b']\n")


def test_a_refusal_names_the_line() -> None:
    ended = run_guarded(b"x = 1\ny = x.__class__\n", "prog.py")
    assert ended.exit_code == NOT_ALLOWED
    assert ended.stderr.startswith(b"prog.py:2: ")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and files are Linux's here")
@pytest.mark.parametrize(
    "source", ["x = []\nwhile True: x.append(bytearray(1 << 20))", "while True: print('x' * 9999)"]
)
def test_a_program_that_takes_too_much_is_ended(source: str) -> None:
    ended = run_guarded(source.encode(), "p.py", limits=Limits(memory_bytes=300 << 20, work_bytes=1 << 20))
    assert ended.exit_code != 0
    assert len(ended.stdout) <= 1 << 20


def test_a_program_without_an_end_is_ended() -> None:
    ended = run_guarded(b"while True: pass", "p.py", timeout_s=0.5)
    assert ended.timed_out


def test_this_interpreter_keeps_the_tier() -> None:
    assert broken_guards() == []


def test_every_module_on_the_list_is_there_and_gives_no_modules() -> None:
    program = "\n".join(f"import {name}" for name in ALLOWED if name != "__future__")
    assert run_guarded(program.encode(), "p.py").exit_code == 0
