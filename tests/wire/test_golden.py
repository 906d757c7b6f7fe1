"""The bytes of the protocol stay what they were, and its document stays true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import marx.wire
from marx.distributor.plans import read_findings, read_sites
from marx.inside import messages as inside
from marx.wire.codec import unpack
from marx.wire.messages import VERSION, AnyMessage, FindingRow, Planned
from marx.worker.translating import planned
from tests.wire.examples import EXAMPLES, golden

HERE = Path(__file__).parent
PROTOCOL = (Path(marx.wire.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
NAMES = {kind.__name__ for kind in get_args(AnyMessage)}


def test_there_is_an_example_of_every_message() -> None:
    assert [type(example).__name__ for example in EXAMPLES] == [kind.__name__ for kind in get_args(AnyMessage)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_an_example_leaves_no_field_at_its_default(example: AnyMessage) -> None:
    """Else a field could be renamed without a byte of the fixture changing."""
    fields = msgspec.structs.fields(type(example))
    unset = [field.name for field in fields if not field.required and getattr(example, field.name) == default_of(field)]
    assert unset == []


def test_every_field_of_what_messages_hold_differs_from_its_default_somewhere() -> None:
    set_somewhere: set[tuple[str, str]] = set()
    known: set[tuple[str, str]] = set()
    for part in parts_of(EXAMPLES):
        for field in msgspec.structs.fields(type(part)):
            known.add((type(part).__name__, field.name))
            if field.required or getattr(part, field.name) != default_of(field):
                set_somewhere.add((type(part).__name__, field.name))
    assert known == set_somewhere


def parts_of(value: object) -> Iterator[msgspec.Struct]:
    """Every struct in a value, itself included."""
    if isinstance(value, msgspec.Struct):
        yield value
        for name in value.__struct_fields__:
            yield from parts_of(getattr(value, name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from parts_of(each)


def test_the_plan_of_the_example_is_one_that_a_jail_says() -> None:
    """The plan is a document of its own within `Planned`, so the golden bytes alone would not show a change of it."""
    site = inside.Site(0, 12, "for", "for n in numbers:", "simulate.py")
    found = inside.Finding("MX301", 12, 4, "total is read", "use sum()", "simulate.py")
    (example,) = (one for one in EXAMPLES if isinstance(one, Planned))
    assert example == planned(example.lease, inside.Planned([site], [found]))
    assert read_findings(example.plan) == [FindingRow("MX301", 12, "total is read", "use sum()", "simulate.py")]
    assert [one.file for one in read_sites(example.plan).values()] == ["simulate.py"]


def default_of(field: msgspec.structs.FieldInfo) -> object:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def test_the_bytes_of_this_version_are_the_golden_ones() -> None:
    stored = json.loads((HERE / f"golden-v{VERSION}.json").read_text())
    assert stored == {"version": VERSION, "messages": golden()}


def test_golden_bytes_are_read_back() -> None:
    stored = json.loads((HERE / f"golden-v{VERSION}.json").read_text())
    read = [unpack([bytes.fromhex(frame) for frame in frames]) for frames in stored["messages"].values()]
    assert read == [[example] for example in EXAMPLES]


def rows() -> dict[str, list[str]]:
    """The rows of all tables of messages: name → from, means, replies."""
    found = re.findall(r"^\| `(\w+)` \|(.*)\|$", PROTOCOL, re.MULTILINE)
    assert len(found) == len({name for name, _ in found}), "a message has two rows"
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def test_every_message_has_its_row() -> None:
    assert rows().keys() == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_row_says_who_what_and_which_replies(name: str) -> None:
    sender, meaning, replies = rows()[name]
    assert re.fullmatch(r"[TWD]{1,2}|\*", sender)
    assert meaning
    named = set(re.findall(r"`(\w+)`", replies))
    assert named <= NAMES
    assert named or "—" in replies


def test_the_document_has_the_limits_of_the_code() -> None:
    from marx.link.transfer import WINDOW
    from marx.wire import codec

    limits = dict(re.findall(r"^\| ([a-z][^|]*?) \*? ?\| ([\d]+(?: [KMT]iB)?) \|$", PROTOCOL, re.MULTILINE))
    unit = {"KiB": 1 << 10, "MiB": 1 << 20, "TiB": 1 << 40}
    numbers = [int(text.split()[0]) * unit.get(text.split()[-1], 1) for text in limits.values()]
    assert numbers == [
        codec.HEAD_BYTES_MAX,
        codec.MESSAGES_MAX,
        codec.PARTS_MAX,
        codec.PART_BYTES,
        codec.INLINE_BYTES_MAX,
        codec.BLOB_BYTES_MAX,
        WINDOW,
    ]
