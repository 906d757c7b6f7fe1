"""Runs a program behind language guards alone, in a process with what limits this system has.

    python -m sandbox.guarded prog.py [arguments]

For hosts without kernel fences (macOS, old kernels), and off unless their owner says otherwise. See guards.py for what
it is worth. The program sees no file, no network and no process, because nothing that it can name leads there; its
time and output are limited by the host program, and memory where the system can do it.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from sandbox.refusal import Refusal
from sandbox.spec import Limits

NOT_ALLOWED = 77
"""Exit code of a program that the policy refuses."""
_USUAL_LIMITS = Limits()
_FAULTS = {
    "reaches a class behind a value": "().__class__",
    "reaches globals by a name": "print.__globals__",
    "reaches globals at run time": "getattr(getattr, '__glo' + 'bals__')",
    "reads attributes by a format": "'{0.__class__}'.format(1)",
    "reads attributes by a computed format": "(lambda f: f.format_map({'a': 1}))('{a.__class__}')",
    "takes format from the class": "str.format('{0.__class__}', 1)",
    "imports what is not listed": "import os",
    "imports inside of a module": "import json.codecs",
    "opens a file": "open('/etc/passwd')",
    "sets an attribute of the library": "import json\njson.dumps = 1",
    "gets at the class of classes": "type(int)",
    "makes a class of classes": "class M(**{'metaclass': int}): pass",
    "injects text by a field": "from dataclasses import dataclass\nclass A: pass\n"
    "A.__annotations__ = {'x=1': 1}\ndataclass(A)",
    "wraps with names": "from functools import wraps\nwraps(len, assigned=('__self__',))",
    "evaluates text": "eval('1')",
}
"""Ways that were once out, of which each must end in an error."""
_WORKS = "print(sum(i * i for i in range(10)), '{} {x:>3}'.format('a', x=1))"
_SAYS = "285 a   1\n"


@dataclass(frozen=True, slots=True)
class GuardedEnd:
    """How a guarded program ended. `exit_code` is negative for a signal, as subprocess has it."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False


def run_guarded(
    source: bytes,
    name: str,
    arguments: Sequence[str] = (),
    *,
    limits: Limits = _USUAL_LIMITS,
    timeout_s: float = 60.0,
    python: str = sys.executable,
) -> GuardedEnd:
    """Runs source text in a process of its own. Output beyond `limits.work_bytes` ends it."""
    start = "import sys; sys.path += sys.argv.pop(1).split(chr(0x1F)); from sandbox.guarded import inside; inside()"
    numbers = map(str, (limits.memory_bytes, limits.work_bytes, limits.cpu_s))
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [python, "-I", "-c", start, "\x1f".join(_homes()), *numbers, name, *arguments],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            cwd=folder,
            env={"PYTHONHASHSEED": "0"},
            start_new_session=True,
        )
        timed_out = False
        try:
            process.communicate(source, timeout_s)
        except subprocess.TimeoutExpired:
            timed_out = True
            process.kill()
            process.communicate()
        out.seek(0)
        err.seek(0)
        return GuardedEnd(process.returncode, out.read(limits.work_bytes), err.read(limits.work_bytes), timed_out)


def _homes() -> list[str]:
    """Where this package and RestrictedPython lie: the process looks for nothing in the user's own places."""
    policy = importlib.util.find_spec("RestrictedPython")
    homes = [Path(__file__).resolve().parent.parent]
    if policy and policy.origin:
        homes.append(Path(policy.origin).parent.parent)
    return [str(home) for home in homes]


def inside() -> None:
    """The process: limits, then the check, then the program. Ends the interpreter."""
    memory_bytes, work_bytes, cpu_s = map(int, sys.argv[1:4])
    name, *arguments = sys.argv[4:]
    source = sys.stdin.buffer.read()
    _limit(memory_bytes, work_bytes, cpu_s)
    sys.exit(execute(source, name, arguments))


def execute(source: bytes, name: str, arguments: Sequence[str]) -> int:
    """Runs a program here and now, or says on standard error why not."""
    from sandbox.guards import guarded_compile

    text = text_of(source, name)
    if isinstance(text, list):
        return _refuse(text, name)
    code = guarded_compile(text, name)
    if isinstance(code, list):
        return _refuse(code, name)
    return execute_text(code, text, name, arguments)


def _refuse(refusals: list[Refusal], name: str) -> int:
    for refusal in refusals:
        print(f"{name}:{refusal.line}: {refusal.message}", file=sys.stderr)
    return NOT_ALLOWED


def text_of(source: bytes, name: str) -> str | list[Refusal]:
    """The source as text. It is UTF-8, whatever its coding line says."""
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        return [Refusal(1, 0, f"not UTF-8: {fault}")]


def execute_text(code: CodeType, text: str, name: str, arguments: Sequence[str]) -> int:
    """Runs compiled text in the name of `__main__`. Its own exceptions end as Python ends them."""
    from sandbox.guards import Guards

    try:
        exec(code, Guards([name, *arguments]).namespace("__main__"))
    except SystemExit:
        raise
    except BaseException as fault:
        _show(fault, name, text)
        return 1
    return 0


def _show(fault: BaseException, name: str, text: str) -> None:
    """The traceback as Python's own, without our frames and without looking at files."""
    import linecache
    import traceback

    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    trace = fault.__traceback__.tb_next if fault.__traceback__ else None
    print("".join(traceback.format_exception(type(fault), fault, trace)), end="", file=sys.stderr)


def _limit(memory_bytes: int, work_bytes: int, cpu_s: int) -> None:
    """What this system can limit of a process of its own; a system that can less has the host program's clock."""
    try:
        import resource
    except ImportError:
        return
    rows = [("RLIMIT_AS", memory_bytes), ("RLIMIT_FSIZE", work_bytes), ("RLIMIT_CORE", 0), ("RLIMIT_NPROC", 0)]
    for kind, value in [*rows, *([("RLIMIT_CPU", cpu_s)] if cpu_s else [])]:
        try:
            resource.setrlimit(getattr(resource, kind), (value, value))
        except (AttributeError, ValueError, OSError):
            continue


def broken_guards(python: str = sys.executable) -> list[str]:
    """The proof of this tier: known ways out that are open on this interpreter; empty if an ordinary program works and
    none is."""
    faults = [
        name for name, source in _FAULTS.items() if run_guarded(source.encode(), "probe", python=python).exit_code == 0
    ]
    works = run_guarded(_WORKS.encode(), "probe", python=python)
    return faults if works.stdout == _SAYS.encode() else [*faults, "an ordinary program does not run"]


def main() -> int:
    script, *arguments = sys.argv[1:]
    ended = run_guarded(Path(script).read_bytes(), script, arguments)
    sys.stdout.buffer.write(ended.stdout)
    sys.stderr.buffer.write(ended.stderr)
    return 124 if ended.timed_out else ended.exit_code


if __name__ == "__main__":
    sys.exit(main())
