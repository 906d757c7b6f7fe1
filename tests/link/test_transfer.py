"""Both directions of a transfer as conversations: whole, interrupted, resumed, spoilt. No socket is involved."""

from __future__ import annotations

import random
from collections import deque
from pathlib import Path

import pytest

from marx.journal.blobs import BlobStore, UnknownBlob
from marx.link.fetching import Fetch, Serve
from marx.link.transfer import WINDOW, State
from marx.link.uploading import Receive, Upload
from marx.wire.codec import content_hash, pack, unpack
from marx.wire.messages import PART_BYTES, AnyMessage, BlobGot, BlobMissing, BlobPart, BlobWanted, Refused

DATA = random.Random(1).randbytes(20 * PART_BYTES + 77)
HASH = content_hash(DATA)
SIZE = len(DATA)


@pytest.fixture
def here(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "here", durable=False)


@pytest.fixture
def there(tmp_path: Path) -> BlobStore:
    store = BlobStore(tmp_path / "there", durable=False)
    store.put_always(DATA)
    return store


def served(source: BlobStore, wanted: BlobWanted) -> list[AnyMessage]:
    """What a BlobWanted gets, by way of the wire's bytes."""
    [asked] = unpack(pack([wanted]))
    assert isinstance(asked, BlobWanted)
    return unpack(pack(list(Serve(source).handle(asked))))


def run_fetch(fetch: Fetch, source: BlobStore, stop_after: int | None = None) -> int:
    """Lets both sides talk until nothing is left to say, or so many parts came. Returns how many came."""
    asked = deque(fetch.start())
    under_way: deque[AnyMessage] = deque()
    came = 0
    while asked or under_way:
        while asked:
            under_way.extend(served(source, asked.popleft()))
        assert len(under_way) <= WINDOW
        if came == stop_after:
            fetch.close()
            return came
        message = under_way.popleft()
        assert isinstance(message, BlobPart | BlobMissing)
        asked.extend(fetch.handle(message))
        came += 1
    return came


# --- fetching --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, WINDOW * PART_BYTES, SIZE])
def test_a_blob_is_fetched_whole(here: BlobStore, there: BlobStore, size: int) -> None:
    hash = there.put_always(DATA[:size]).hash
    fetch = Fetch(here, hash, size)
    assert run_fetch(fetch, there) == -(-size // PART_BYTES)
    assert fetch.state is State.DONE
    assert here.read(hash) == DATA[:size]


def test_what_is_here_is_not_asked_for(there: BlobStore) -> None:
    fetch = Fetch(there, HASH, SIZE)
    assert fetch.start() == []
    assert fetch.state is State.DONE


def test_the_window_is_kept_full_by_halves(here: BlobStore) -> None:
    fetch = Fetch(here, HASH, SIZE)
    assert fetch.start() == [BlobWanted(HASH, 0, WINDOW)]
    said = [fetch.handle(part_at(number)) for number in range(5)]
    half = WINDOW // 2
    assert said == [[], [], [], [BlobWanted(HASH, WINDOW * PART_BYTES, half)], []]
    fetch.close()


def part_at(number: int) -> BlobPart:
    return BlobPart(HASH, number * PART_BYTES, SIZE, DATA[number * PART_BYTES : (number + 1) * PART_BYTES])


@pytest.mark.parametrize("parts", [1, 7, 20])
def test_a_fetch_goes_on_after_the_connection_was_lost(here: BlobStore, there: BlobStore, parts: int) -> None:
    fetch = Fetch(here, HASH, SIZE)
    assert run_fetch(fetch, there, stop_after=parts) == parts
    assert run_fetch(fetch, there) == 21 - parts
    assert fetch.state is State.DONE
    assert here.read(HASH) == DATA


def test_another_process_goes_on_too(here: BlobStore, there: BlobStore) -> None:
    run_fetch(Fetch(here, HASH, SIZE), there, stop_after=7)
    assert run_fetch(Fetch(here, HASH, SIZE), there) == 14
    assert here.read(HASH) == DATA


def test_what_an_earlier_attempt_left_spoilt_is_fetched_anew(here: BlobStore, there: BlobStore) -> None:
    left = here.incoming(HASH, SIZE)
    left.write(0, b"x" * 100)
    left.close()
    fetch = Fetch(here, HASH, SIZE)
    run_fetch(fetch, there)
    assert fetch.state is State.DONE
    assert here.read(HASH) == DATA


def test_a_missing_blob_ends_the_fetch(here: BlobStore, there: BlobStore) -> None:
    fetch = Fetch(here, "a" * 64, 100)
    run_fetch(fetch, there)
    assert (fetch.state, fetch.reason) == (
        State.FAILED,
        f"blob {'a' * 64} cannot be had: the other side does not have it",
    )
    assert fetch.start() == []


def test_wrong_bytes_end_the_fetch_and_leave_nothing(here: BlobStore) -> None:
    fetch = Fetch(here, HASH, 4)
    fetch.start()
    assert fetch.handle(BlobPart(HASH, 0, 4, b"evil")) == []
    assert fetch.state is State.FAILED
    assert "not those of its hash" in fetch.reason
    assert not here.has(HASH)


def test_another_size_ends_the_fetch(here: BlobStore) -> None:
    fetch = Fetch(here, HASH, 4)
    fetch.start()
    fetch.handle(BlobPart(HASH, 0, 5, b"x"))
    assert fetch.state is State.FAILED
    assert "5 bytes there instead of 4" in fetch.reason


def test_parts_of_other_blobs_and_repeated_ones_change_nothing(here: BlobStore, there: BlobStore) -> None:
    fetch = Fetch(here, HASH, SIZE)
    fetch.start()
    fetch.handle(part_at(0))
    for stray in (part_at(0), part_at(5), BlobMissing("b" * 64), BlobPart("b" * 64, 0, 1, b"x")):
        assert fetch.handle(stray) == []
    fetch.close()
    run_fetch(fetch, there)
    assert here.read(HASH) == DATA


def test_serving_reads_no_more_than_is_taken(there: BlobStore) -> None:
    answer = Serve(there).handle(BlobWanted(HASH, 0, WINDOW))
    assert next(answer) == part_at(0)
    there.remove(HASH)
    assert next(answer) == BlobMissing(HASH)


# --- uploading -------------------------------------------------------------------------------------------------------


def run_upload(upload: Upload, receive: Receive, stop_after: int | None = None) -> int:
    """Lets both sides talk until nothing is left to say, or so many parts arrived. Returns how many did."""
    under_way = deque(upload.start())
    arrived = 0
    while under_way and arrived != stop_after:
        assert len(under_way) <= WINDOW
        [part] = unpack(pack([under_way.popleft()]))
        assert isinstance(part, BlobPart)
        [answer] = unpack(pack([receive.handle(part)]))
        assert isinstance(answer, BlobGot | Refused)
        under_way.extend(upload.handle(answer))
        arrived += 1
    return arrived


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES + 1, WINDOW * PART_BYTES, SIZE])
def test_a_blob_is_uploaded_whole(here: BlobStore, there: BlobStore, size: int) -> None:
    hash = there.put_always(DATA[:size]).hash
    upload = Upload(there, hash)
    assert run_upload(upload, Receive(here)) == max(1, -(-size // PART_BYTES))
    assert upload.state is State.DONE
    assert here.read(hash) == DATA[:size]


def test_what_is_there_already_costs_one_part(there: BlobStore) -> None:
    upload = Upload(there, HASH)
    assert run_upload(upload, Receive(there)) == 1
    assert upload.state is State.DONE


@pytest.mark.parametrize("parts", [1, 9, 20])
def test_an_upload_goes_on_after_the_connection_was_lost(here: BlobStore, there: BlobStore, parts: int) -> None:
    upload = Upload(there, HASH)
    receive = Receive(here, "ada")
    run_upload(upload, receive, stop_after=parts)
    receive.close()
    # The first part is sent once more, to learn where the other side stands.
    assert run_upload(upload, Receive(here, "ada")) == 1 + 21 - parts
    assert upload.state is State.DONE
    assert here.read(HASH) == DATA


def test_a_receiver_that_lost_its_partial_file_is_served_from_the_start(here: BlobStore, there: BlobStore) -> None:
    upload = Upload(there, HASH)
    receive = Receive(here)
    run_upload(upload, receive, stop_after=9)
    receive.close()
    here.drop_partial()
    run_upload(upload, Receive(here))
    assert here.read(HASH) == DATA


def test_a_spoilt_beginning_is_uploaded_anew(here: BlobStore, there: BlobStore) -> None:
    left = here.incoming(HASH, SIZE, "ada")
    left.write(0, b"x" * PART_BYTES)
    left.close()
    upload = Upload(there, HASH)
    run_upload(upload, Receive(here, "ada"))
    assert upload.state is State.DONE
    assert here.read(HASH) == DATA


def test_parts_that_got_lost_are_sent_again(here: BlobStore, there: BlobStore) -> None:
    upload, receive = Upload(there, HASH), Receive(here)
    [first] = upload.start()
    parts = upload.handle(got(receive, first))
    # The second of eight is dropped on the way; the receiver answers the others with where it stands.
    answers = [got(receive, part) for part in [parts[0], *parts[2:]]]
    assert {answer.offset for answer in answers} == {2 * PART_BYTES}
    more = [part for answer in answers for part in upload.handle(answer)]
    # One answer is owed for ever, so the upload waits; the shell starts it again when nothing comes.
    under_way = deque([*more, *upload.start()])
    while under_way:
        under_way.extend(upload.handle(got(receive, under_way.popleft())))
    assert upload.state is State.DONE
    assert here.read(HASH) == DATA


def got(receive: Receive, part: BlobPart) -> BlobGot:
    answer = receive.handle(part)
    assert isinstance(answer, BlobGot)
    return answer


def test_wrong_bytes_are_refused(here: BlobStore, there: BlobStore) -> None:
    there.path(HASH).write_bytes(b"x" * SIZE)
    upload = Upload(there, HASH)
    run_upload(upload, Receive(here))
    assert upload.state is State.FAILED
    assert "not those of its hash" in upload.reason
    assert not here.has(HASH)


def test_a_file_that_shrinks_ends_its_upload(here: BlobStore, there: BlobStore) -> None:
    upload = Upload(there, HASH)
    there.path(HASH).write_bytes(DATA[: 3 * PART_BYTES])
    receive = Receive(here)
    run_upload(upload, receive)
    receive.close()
    assert upload.state is State.FAILED
    assert "shorter" in upload.reason


def test_what_is_not_here_cannot_be_uploaded(here: BlobStore) -> None:
    with pytest.raises(UnknownBlob):
        Upload(here, HASH)


def test_a_receiver_has_limits(here: BlobStore) -> None:
    receive = Receive(here, open_max=2, size_max=100)
    too_large = receive.handle(BlobPart(HASH, 0, 101, b"x"))
    assert isinstance(too_large, Refused)
    assert (too_large.code, too_large.about) == ("blob-too-large", HASH)
    for digit in "ab":
        assert receive.handle(BlobPart(digit * 64, 0, 2, b"x")) == BlobGot(digit * 64, 1)
    too_many = receive.handle(BlobPart("c" * 64, 0, 2, b"x"))
    assert isinstance(too_many, Refused)
    assert too_many.code == "too-many-blobs"
    receive.close()
    assert receive.handle(BlobPart("c" * 64, 0, 2, b"x")) == BlobGot("c" * 64, 1)
    receive.close()


def test_answers_about_other_blobs_change_nothing(there: BlobStore) -> None:
    upload = Upload(there, HASH)
    upload.start()
    assert upload.handle(BlobGot("b" * 64, 5, True)) == []
    assert upload.handle(Refused("blob-hash", "no", about="b" * 64)) == []
    assert upload.state is State.GOING
    assert upload.handle(BlobGot(HASH, SIZE)) == []
    assert upload.state is State.FAILED
