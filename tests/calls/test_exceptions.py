"""Exceptions of calls: as faithful as plain data allows, and made without running anything of the program's."""

from __future__ import annotations

import decimal
import os
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from marx.calls.exceptions import rebuild
from marx.calls.executor import Executor
from marx.inside.faults import failure_of
from marx.wire import failures, plain
from marx.wire.failures import PARTS_DEPTH_MAX, PARTS_MAX, Failure

PATIENCE_S = 60
ASKED = ("errno", "strerror", "filename", "filename2", "name", "path", "encoding", "object", "start", "end", "reason")
ASKED += ("value", "code", "text", "msg", "lineno", "offset", "where", "__notes__", "message")
"""Attributes that programs ask exceptions for."""


class Keyword(Exception):
    def __init__(self, *, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})")
        self.code = code

    def __reduce__(self) -> Any:
        raise AssertionError("nothing is pickled")


class Slotted(Exception):
    __slots__ = ("where",)

    def __init__(self, where: int) -> None:
        super().__init__("somewhere")
        self.where = where


class Disk(OSError):
    """With an `__init__` of its own, for which CPython reads the arguments at another time."""

    def __init__(self, number: int, text: str, name: str) -> None:
        super().__init__(number, text, name)


class Both(ExceptionGroup[Exception]):
    pass


def _noted() -> Exception:
    fault = ValueError("x")
    fault.add_note("see line 3")
    return fault


FAULTS: list[Callable[[], BaseException | None]] = [
    lambda: FileNotFoundError(2, "No such file", "/nowhere"),
    lambda: FileExistsError(17, "File exists", "a", None, "b"),
    lambda: OSError("only a text"),
    lambda: Disk(28, "No space left", "/data"),
    lambda: os.stat("/nowhere"),  # type: ignore[return-value]
    lambda: __import__("nowhere_to_be_found"),
    lambda: ImportError("no", name="a.b", path="/a/b.py"),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    lambda: UnicodeEncodeError("ascii", "\udc80e", 0, 1, "ordinal not in range"),
    lambda: ValueError("\udc80"),
    lambda: KeyError("a b"),
    lambda: StopIteration(5),
    lambda: SystemExit(3),
    lambda: compile("x = (", "f.py", "exec"),  # type: ignore[return-value]
    lambda: decimal.Decimal("x"),  # type: ignore[return-value]
    lambda: Keyword(code=4, text="four"),
    lambda: Slotted(7),
    _noted,
]


def _raise(make: Callable[[], BaseException | None]) -> None:
    fault = make()
    assert fault is not None
    raise fault


def _shown(fault: BaseException) -> dict[str, object]:
    asked = {name: getattr(fault, name) for name in ASKED if hasattr(fault, name)}
    return {"class": type(fault), "text": str(fault), "args": len(fault.args), **asked}


def test_an_exception_says_what_it_says_where_it_happened(here: Executor) -> None:
    futures = [here.submit(_raise, make) for make in FAULTS]
    for make, future in zip(FAULTS, futures, strict=True):
        with pytest.raises(BaseException) as local:
            _raise(make)
        assert _shown(future.exception(PATIENCE_S) or Exception()) == _shown(local.value)


def test_what_is_not_plain_comes_as_its_text_and_the_class_stays(here: Executor) -> None:
    def fail() -> None:
        fault = LookupError("no", {1: object()}, 2)
        fault.found = 3  # type: ignore[attr-defined]
        fault.seen = object()  # type: ignore[attr-defined]
        raise fault

    fault: Any = here.submit(fail).exception(PATIENCE_S)
    assert type(fault) is LookupError
    assert (fault.args[0], fault.args[2], fault.found) == ("no", 2, 3)
    assert fault.args[1].startswith("{1: <object object at ")
    assert not hasattr(fault, "seen")


def test_groups_keep_their_exceptions_and_can_be_taken_apart(here: Executor) -> None:
    def fail() -> None:
        inner = ExceptionGroup("inner", [FileNotFoundError(2, "no", "f"), KeyError("k")])
        raise Both("both", [ValueError(1), inner])

    seen: list[object] = []
    try:
        here.submit(fail).result(PATIENCE_S)
    except* ValueError as group:
        seen.append(group.exceptions[0].args)
    except* OSError as group:
        [inner] = group.exceptions
        assert isinstance(inner, ExceptionGroup)
        seen += [group.message, inner.message, str(inner.exceptions[0])]
        assert "Exception Group Traceback" in str(group.__cause__)
    except* KeyError as group:
        seen.append(type(group))
    # `Both` has no `derive`, so what is left of it is a group of the standard class.
    assert seen == [(1,), "both", "inner", "[Errno 2] no: 'f'", ExceptionGroup]


def test_a_chain_of_causes_is_in_the_traceback(here: Executor) -> None:
    def fail() -> None:
        try:
            os.stat("/nowhere")
        except OSError as fault:
            raise ValueError("bad") from fault

    fault = here.submit(fail).exception(PATIENCE_S)
    assert fault is not None
    told = str(fault.__cause__)
    assert "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere'" in told
    assert told.index("direct cause") < told.index("ValueError: bad")


# --- from a stranger --------------------------------------------------------------------------------------------------


def made(failure: Failure) -> BaseException:
    return rebuild(failure, chunk=0, item=0, worker="")


def test_a_group_has_no_more_exceptions_than_are_allowed() -> None:
    one = failures.encode(Failure("builtins", "ValueError", "", "", plain.encode((1,))))
    fitting = Failure("builtins", "ExceptionGroup", "g", "", plain.encode(("g",)), parts=(one,) * PARTS_MAX)
    assert len(made(fitting).exceptions) == PARTS_MAX  # type: ignore[attr-defined]
    with pytest.raises(failures.BadFailure):
        failures.decode(failures.encode(Failure("m", "n", "", "", parts=(one,) * (PARTS_MAX + 1))))
    twice = (failures.encode(fitting),) * 2
    several = made(Failure("builtins", "ExceptionGroup", "g", "", plain.encode(("g",)), parts=twice))
    assert [type(one).__name__ for one in several.exceptions] == ["RemoteError"] * 2  # type: ignore[attr-defined]
    for wrong in ((b"\xff",), ()):
        fault = made(Failure("builtins", "ExceptionGroup", "g", "", plain.encode(("g",)), parts=wrong))
        assert str(fault) == "builtins.ExceptionGroup: g"


def test_groups_in_groups_end_somewhere() -> None:
    fault: Exception = ValueError("deep")
    for _ in range(PARTS_DEPTH_MAX + 5):
        fault = ExceptionGroup("g", [fault])
    found: Any = made(failure_of(fault))
    depth = 0
    while isinstance(found, ExceptionGroup):
        found, depth = found.exceptions[0], depth + 1
    assert (str(found), depth) == ("builtins.ExceptionGroup: g (1 sub-exception)", PARTS_DEPTH_MAX)


def test_a_position_in_text_is_within_the_text() -> None:
    for start, end in ((-(10**9), 1 - 10**9), (2**62, 2**62 + 1), (1, -5)):
        for name, text in (("UnicodeDecodeError", b"abc"), ("UnicodeEncodeError", "abc")):
            said = plain.encode(("ascii", text, start, end, "r"))
            fault: Any = made(Failure("builtins", name, "text", "trace", said))
            assert 0 <= fault.start <= 3
            assert 0 <= fault.end <= 3
            assert str(fault)


class Guarded(Exception):
    def __init__(self) -> None:
        raise AssertionError("a stranger's data must not run this")


def test_an_exception_is_made_without_running_anything_of_the_program() -> None:
    failure = Failure(__name__, "Guarded", "text", "trace", plain.encode((1, "x")), plain.encode({"code": 5}))
    fault = rebuild(failure, chunk=1, item=2, worker="w")
    assert isinstance(fault, Guarded)
    found: Any = fault
    assert (found.args, found.code, found.chunk, found.item, found.worker) == ((1, "x"), 5, 1, 2, "w")


def test_showing_an_exception_costs_no_more_than_its_bytes() -> None:
    for columns in ((1, 10**9), (-(10**9), 10**9), (10**9, 0), (1, 10**30)):
        details = ("f", 1, columns[0], "x" * 10, 1, columns[1])
        failure = Failure("builtins", "IndentationError", "text", "trace", plain.encode(("m", details)))
        fault = made(failure)
        assert fault.args == ("m", details)
        assert len("".join(traceback.format_exception(fault))) < 50_000
    shown = plain.encode(("m", ("f", 1, 3, "x = (", 1, 5)))
    fault = made(Failure("builtins", "SyntaxError", "text", "trace", shown))
    assert traceback.format_exception_only(fault) == [
        '  File "f", line 1\n',
        "    x = (\n",
        "      ^^\n",
        "SyntaxError: m\n",
    ]


def test_a_syntax_error_of_anything_can_be_shown() -> None:
    for odd in (7, None, 1.5, b"x", [1], "x"):
        for place in range(6):
            details = tuple(odd if at == place else value for at, value in enumerate(("f", 1, 3, "x = (", 1, 5)))
            fault = made(Failure("builtins", "SyntaxError", "text", "trace", plain.encode((odd, details))))
            assert traceback.format_exception(fault)


def test_names_and_texts_of_a_failure_are_cut() -> None:
    failure = Failure("m" * 10**6, "n." * 10**6, "t" * 10**6, "r" * 10**6)
    assert len("".join(traceback.format_exception(made(failure)))) < 50_000


def test_names_that_are_no_exceptions_here_become_remote_errors() -> None:
    for module, name in (("os", "system"), ("builtins", "int"), ("nowhere", "Error"), ("builtins", "ValueError.x")):
        fault = made(Failure(module, name, "text", "trace", plain.encode(("echo",))))
        assert str(fault) == f"{module}.{name}: text"
    unmade = Failure("builtins", "UnicodeDecodeError", "text", "trace", plain.encode((1,)))
    assert str(made(unmade)) == "builtins.UnicodeDecodeError: text"
