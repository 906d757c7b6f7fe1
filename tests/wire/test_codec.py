"""Batches: what goes in comes out, limits hold on both sides, and no bytes get through that break a rule."""

from __future__ import annotations

import random
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.wire.codec import (
    BLOB_BYTES_MAX,
    HEAD_BYTES_MAX,
    MESSAGES_MAX,
    PARTS_MAX,
    BadMessage,
    TooLarge,
    batches,
    content,
    content_hash,
    is_hash,
    pack,
    unpack,
)
from marx.wire.contents import contents_of
from marx.wire.messages import (
    INLINE_BYTES_MAX,
    PART_BYTES,
    Acked,
    AnyMessage,
    BlobPart,
    BlobWanted,
    Cancel,
    Content,
    Lease,
    Output,
    Planned,
    Values,
)
from tests.wire.examples import DRIVER, EXAMPLES, HASH

# --- what goes in comes out ------------------------------------------------------------------------------------------


def test_a_batch_of_everything_comes_back_as_it_was() -> None:
    assert unpack(pack(EXAMPLES)) == EXAMPLES


def test_an_empty_batch_is_a_batch() -> None:
    assert unpack(pack([])) == []


@pytest.mark.parametrize("count", [1, 15, 16, 17, MESSAGES_MAX])
def test_the_head_is_what_msgpack_makes_of_a_list(count: int) -> None:
    messages: list[AnyMessage] = [Acked(number) for number in range(count)]
    assert pack(messages) == [msgspec.msgpack.encode(messages)]


def test_parts_keep_their_order() -> None:
    parts: list[AnyMessage] = [BlobPart(HASH, at, 100, bytes([at])) for at in range(3)]
    frames = pack([parts[0], Acked(1), parts[1], parts[2]])
    assert frames[1:] == [b"\0", b"\1", b"\2"]
    assert unpack(frames) == [parts[0], Acked(1), parts[1], parts[2]]


def test_unknown_fields_are_ignored() -> None:
    assert unpack([msgspec.msgpack.encode([{"kind": "acked", "number": 7, "colour": "red"}])]) == [Acked(7)]


# --- our own limits --------------------------------------------------------------------------------------------------


def test_many_messages_make_several_batches() -> None:
    messages: list[AnyMessage] = [Acked(number) for number in range(2 * MESSAGES_MAX + 1)]
    split = [unpack(frames) for frames in batches(messages)]
    assert [len(batch) for batch in split] == [MESSAGES_MAX, MESSAGES_MAX, 1]
    assert [message for batch in split for message in batch] == messages


def test_many_parts_make_several_batches() -> None:
    messages: list[AnyMessage] = [BlobPart(HASH, 0, 1, b"x")] * (PARTS_MAX + 1)
    assert [len(frames) - 1 for frames in batches(messages)] == [PARTS_MAX, 1]


def test_large_messages_make_several_batches() -> None:
    messages: list[AnyMessage] = [Planned(DRIVER, b"x" * (HEAD_BYTES_MAX // 2))] * 3
    split = list(batches(messages))
    assert [len(unpack(frames)) for frames in split] == [1, 1, 1]
    with pytest.raises(TooLarge, match="batches"):
        pack(messages)


def test_a_message_that_nobody_would_take_is_not_packed() -> None:
    with pytest.raises(TooLarge, match=r"Planned of .* the limit is"):
        pack([Planned(DRIVER, b"x" * HEAD_BYTES_MAX)])
    with pytest.raises(TooLarge, match="part"):
        pack([BlobPart(HASH, 0, BLOB_BYTES_MAX, b"x" * (PART_BYTES + 1))])


def test_the_largest_head_is_taken() -> None:
    empty = len(pack([Planned(DRIVER, b"x" * 100_000)])[0]) - 100_000
    frames = pack([Planned(DRIVER, b"x" * (HEAD_BYTES_MAX - empty - 2))])
    assert HEAD_BYTES_MAX - 3 <= len(frames[0]) <= HEAD_BYTES_MAX
    assert len(unpack(frames)) == 1


# --- what others may not say -----------------------------------------------------------------------------------------


def head(*messages: object) -> bytes:
    return msgspec.msgpack.encode(list(messages))


def a_part(**changes: object) -> dict[str, object]:
    return {"kind": "blobpart", "hash": HASH, "offset": 0, "size": 3} | changes


def values_with(content: dict[str, object]) -> bytes:
    lease = {"number": 1, "job": "j", "region": 0, "chunk": 0, "attempt": 1}
    return head({"kind": "values", "lease": lease, "region": 0, "start": 0, "stop": 1, "values": content})


REFUSED = {
    "no frames": ([], "without frames"),
    "an empty head": ([b""], "not an array"),
    "a head that is a map": ([b"\x80"], "not an array"),
    "a head that is too large": ([b"\x90" + b"\0" * HEAD_BYTES_MAX], "a head of"),
    "bytes after the head": ([b"\x90\x00"], "trailing"),
    "a head that ends early": ([b"\x91"], "truncated"),
    "more elements than allowed": ([b"\xdc\x04\x01"], "1025 messages"),
    "more elements than there can be": ([b"\xdd\xff\xff\xff\xff"], "4294967295 messages"),
    "a message of unknown kind": ([head({"kind": "explode"})], "explode"),
    "a message without a kind": ([head({"number": 1})], "kind"),
    "a field of another type": ([head({"kind": "acked", "number": "1"})], "number"),
    "a missing field": ([head({"kind": "acked"})], "number"),
    "a number of more than 64 bits": ([b"\x91\x82\xa4kind\xa5acked\xa6number\xcf" + b"\xff" * 7], "truncated"),
    "text that is not UTF-8": ([b"\x91\x82\xa4kind\xa6cancel\xa3job\xa2\xff\xfe"], "utf-8"),
    "very deep nesting": ([b"\x91" * 100_000 + b"\xc0"], ""),
    "a frame without a part": ([head(), b"x"], "1 frames of parts for 0"),
    "a part without a frame": ([head(a_part())], "0 frames of parts for 1"),
    "too many parts": ([head(), *[b""] * (PARTS_MAX + 1)], "17 parts"),
    "a part that is too large": ([head(a_part(size=1 << 30)), b"x" * (PART_BYTES + 1)], "a part of"),
    "a part's bytes in the head": ([head(a_part(data=b"abc")), b"abc"], "in the head"),
    "a part beyond the blob's end": ([head(a_part(offset=1)), b"abc"], r"1\+3 of a blob of 3"),
    "a part of nothing": ([head(a_part()), b""], r"0\+0"),
    "a part before the blob's start": ([head(a_part(offset=-1)), b"a"], "offset -1"),
    "a blob larger than any": ([head(a_part(size=BLOB_BYTES_MAX + 1)), b"a"], "offset 0 in a blob"),
    "a path for a hash": ([head({"kind": "blobwanted", "hash": "../" * 21 + "x", "offset": 0, "parts": 1})], "64 hex"),
    "no parts wanted": ([head({"kind": "blobwanted", "hash": HASH, "offset": 0, "parts": 0})], "0 blob parts"),
    "too many parts wanted": ([head({"kind": "blobwanted", "hash": HASH, "offset": 0, "parts": 17})], "17 blob parts"),
    "a negative offset": ([head({"kind": "blobgot", "hash": HASH, "offset": -5})], "offset -5"),
    "a missing blob that is no hash": ([head({"kind": "blobmissing", "hash": "x"})], "64 hex"),
    "inline bytes of another hash": ([values_with({"hash": HASH, "size": 3, "data": b"abc"})], "not those of its hash"),
    "inline bytes of another size": (
        [values_with({"hash": content_hash(b"abc"), "size": 4, "data": b"abc"})],
        "not those of its hash",
    ),
    "inline bytes that are too many": (
        [values_with({"hash": HASH, "size": INLINE_BYTES_MAX + 1, "data": b"x" * (INLINE_BYTES_MAX + 1)})],
        "an inline content of",
    ),
    "a content of negative size": ([values_with({"hash": HASH, "size": -1})], "a blob of -1 bytes"),
    "a content without a hash": ([values_with({"hash": "", "size": 1})], "64 hex"),
}


@pytest.mark.parametrize(("frames", "says"), REFUSED.values(), ids=REFUSED)
def test_a_batch_that_breaks_a_rule_is_refused(frames: list[bytes], says: str) -> None:
    with pytest.raises(BadMessage, match=f"(?i){says}"):
        unpack(frames)


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_contents_are_found_wherever_a_message_has_one(message: AnyMessage) -> None:
    """`contents_of` is a hand-written list; here every field is walked, so that a new one cannot be left out."""
    assert list(map(repr, contents_of(message))) == list(map(repr, walk(message)))


def walk(value: Any) -> list[Content]:
    if isinstance(value, Content):
        return [value]
    if isinstance(value, msgspec.Struct):
        value = [getattr(value, name) for name in value.__struct_fields__]
    return [found for item in value for found in walk(item)] if isinstance(value, list) else []


# --- whatever the bytes are ------------------------------------------------------------------------------------------

GOLDEN = [frame for example in EXAMPLES for frame in pack([example])]


def check_total(frames: list[bytes]) -> None:
    """Either a refusal, or messages that are sound: packed again they are read as the same."""
    try:
        messages = unpack(frames)
    except BadMessage:
        return
    assert all(isinstance(message, get_args(AnyMessage)) for message in messages)
    assert repr(unpack(pack(messages))) == repr(messages)


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_any_frames_give_messages_or_a_refusal(frames: list[bytes]) -> None:
    check_total(frames)


any_value = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from(EXAMPLES), st.data())
def test_any_values_in_the_fields_give_messages_or_a_refusal(example: AnyMessage, data: st.DataObject) -> None:
    document = msgspec.to_builtins(example, builtin_types=(bytes,))
    for name in data.draw(st.lists(st.sampled_from(sorted(document)), max_size=3)):
        document[name] = data.draw(any_value)
    check_total([msgspec.msgpack.encode([document]), *pack([example])[1:]])


@given(st.integers(0, 2**32))
def test_spoilt_golden_bytes_give_messages_or_a_refusal(seed: int) -> None:
    chance = random.Random(seed)
    frames = [bytearray(chance.choice(GOLDEN)) for _ in range(chance.randint(1, 3))]
    for frame in frames:
        for _ in range(chance.randint(1, 4)):
            frame[chance.randrange(len(frame))] = chance.randrange(256)
        if chance.random() < 0.3:
            del frame[chance.randrange(len(frame)) :]
    check_total([bytes(frame) for frame in frames])


# --- contents --------------------------------------------------------------------------------------------------------


def test_small_bytes_are_inline_and_large_ones_are_not() -> None:
    assert content(b"x" * INLINE_BYTES_MAX).data == b"x" * INLINE_BYTES_MAX
    assert content(b"x" * (INLINE_BYTES_MAX + 1)).data is None
    assert content(b"").size == 0


@pytest.mark.parametrize("text", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n", "../" + "a" * 61])
def test_what_is_no_hash(text: str) -> None:
    assert not is_hash(text)
    assert is_hash("a" * 64)


def test_one_rule_for_all_messages_of_a_batch() -> None:
    """A sound message does not carry an unsound one through."""
    sound = [Cancel("j"), Output("j", 1, 0, b"x"), BlobWanted(HASH, 0, 1), Values(Lease(1, "j", 0, 0, 1), 0, 0, 1)]
    with pytest.raises(BadMessage, match="64 hex"):
        unpack([msgspec.msgpack.encode([*sound, {"kind": "blobmissing", "hash": "no"}])])
