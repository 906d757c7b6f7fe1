"""The client against the real distributor in this process, with a worker of the test's own that speaks its messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
import pytest
import zmq.green as zmq

from marx.distributor.serving import embedded
from marx.link.dealer import Dealer
from marx.link.errors import Unreachable
from marx.link.keys import new_keys
from marx.link.router import Peer, Router
from marx.tasker.client import Client
from marx.tasker.errors import JobFailed, TryLater, UsageFault
from marx.tasker.submission import Blobs, Submission
from marx.wire.codec import content, content_hash
from marx.wire.messages import (
    VERSION,
    AnyMessage,
    Content,
    DriverDone,
    Ended,
    File,
    Follow,
    Hello,
    Jobs,
    LeaseDriver,
    ListJobs,
    Output,
    Program,
    Progress,
    Ready,
    Welcome,
)
from tests.sockets import router_at

LARGE = bytes(range(256)) * 5000
WAIT_S = 30


def submission(*extra: File, blobs: Blobs | None = None) -> Submission:
    script = File("/w/prog.py", content(b"print(1)"))
    program = Program("prog.py", "/w/prog.py", ["prog.py"], "/w", [script, *extra], "3.11.4")
    return Submission(program, blobs or Blobs({}))


@pytest.fixture
def lab() -> Iterator[Callable[[], Dealer]]:
    """A running distributor; what is yielded opens a line to it."""
    context = zmq.Context()
    endpoint = "inproc://client-test"
    distributor = embedded(context, endpoint)
    serving = gevent.spawn(distributor.run)
    lines: list[Dealer] = []

    def line() -> Dealer:
        lines.append(Dealer(context, endpoint, keys=None, server_key=None))
        return lines[-1]

    try:
        with gevent.Timeout(WAIT_S):
            yield line
    finally:
        for one in lines:
            one.close()
        distributor.stop()
        serving.join()
        context.term()


@pytest.fixture
def client(lab: Callable[[], Dealer]) -> Client:
    client = Client(lab(), Hello(VERSION, "tasker", "test", "3.11.4"))
    client.connect()
    return client


@contextmanager
def driving(lab: Callable[[], Dealer], *answers: Callable[[LeaseDriver], AnyMessage]) -> Iterator[None]:
    """A worker with one seat that answers its lease with these messages."""
    line = lab()

    def work() -> None:
        line.hello(Hello(VERSION, "worker", "w", "3.11.4", slots=1, seats=1), WAIT_S)
        line.send(Ready(chunks=0, drivers=1, seen=0))
        while True:
            for message in line.receive(None):
                if isinstance(message, LeaseDriver):
                    line.send(*(answer(message) for answer in answers))

    worker = gevent.spawn(work)
    try:
        yield
    finally:
        worker.kill()


def done(lease: LeaseDriver) -> DriverDone:
    return DriverDone(lease.lease, "exited", 3, [File("out.txt", content(b"left"))], ["old.txt"], 1, 1)


def said(stream: int, offset: int, data: bytes) -> Callable[[LeaseDriver], Output]:
    return lambda lease: Output(lease.lease.job, stream, offset, data, lease.lease)


def test_a_job_is_followed_to_its_end(lab: Callable[[], Dealer], client: Client) -> None:
    job = client.submit("ticket", submission())
    with driving(lab, said(1, 0, b"hello "), said(2, 0, b"oh"), said(1, 6, b"world\n"), done):
        messages = list(client.follow(job))
    streams = {1: b"", 2: b""}
    for message in messages:
        if isinstance(message, Output):
            assert message.offset == len(streams[message.stream])
            streams[message.stream] += message.data
    assert streams == {1: b"hello world\n", 2: b"oh"}
    ended = messages[-1]
    assert isinstance(ended, Ended)
    assert (ended.state, ended.exit_code, ended.removed) == ("done", 3, ["old.txt"])
    assert [b"".join(client.fetch(file.content)) for file in ended.files] == [b"left"]
    assert client.result(job).exit_code == 3


def test_following_late_and_from_offsets(lab: Callable[[], Dealer], client: Client) -> None:
    job = client.submit("ticket", submission())
    with driving(lab, said(1, 0, b"hello world\n"), done):
        list(client.follow(job))
    again = [message for message in client.follow(job, stdout=6) if isinstance(message, Output)]
    assert b"".join(message.data for message in again) == b"world\n"


def test_the_same_ticket_is_the_same_job(client: Client) -> None:
    assert client.submit("ticket", submission()) == client.submit("ticket", submission())
    assert client.submit("other", submission()) != client.submit("ticket", submission())
    assert len(client.jobs()) == 2


def test_large_contents_are_uploaded_and_fetched(lab: Callable[[], Dealer], client: Client) -> None:
    large = Content(content_hash(LARGE), len(LARGE))
    job = client.submit("ticket", submission(File("/w/large", large), blobs=Blobs({large.hash: LARGE})))
    received: list[Content] = []

    def hand_back(lease: LeaseDriver) -> DriverDone:
        received.extend(file.content for file in lease.program.files if file.path == "/w/large")
        return DriverDone(lease.lease, "exited", 0, [File("copy", received[0])], [], 1, 1)

    with driving(lab, hand_back):
        [ended] = [message for message in client.follow(job) if isinstance(message, Ended)]
    assert received == [large]
    assert b"".join(client.fetch(ended.files[0].content)) == LARGE


def test_a_content_that_is_not_here_cannot_be_uploaded(client: Client) -> None:
    missing = Content(content_hash(b"x"), 1)
    with pytest.raises(JobFailed, match="asks for a content"):
        client.submit("ticket", submission(File("/w/x", missing)))


def test_a_content_that_the_distributor_lost(client: Client) -> None:
    with pytest.raises(JobFailed, match="no longer has the content"):
        list(client.fetch(Content(content_hash(b"x"), 1)))


def test_cancelling_ends_a_job(client: Client) -> None:
    job = client.submit("ticket", submission())
    with pytest.raises(TryLater, match=f"job {job} is queued"):
        client.result(job)
    client.cancel(job)
    assert client.result(job).state == "cancelled"
    assert [row.state for row in client.jobs(ListJobs(True))] == ["cancelled"]
    assert client.jobs() == []


def test_an_unknown_job_is_the_users_mistake(client: Client) -> None:
    with pytest.raises(UsageFault, match="you have no job 'nope'") as fault:
        client.result("nope")
    assert fault.value.fix == "marx ps -a"
    with pytest.raises(UsageFault):
        list(client.follow("nope"))


def test_workers_are_listed(lab: Callable[[], Dealer], client: Client) -> None:
    job = client.submit("ticket", submission())
    with driving(lab, done):
        list(client.follow(job))
        [worker] = client.workers()
    assert (worker.slots, worker.python) == (1, "3.11.4")


def test_a_question_waits_for_a_distributor_that_is_started_again() -> None:
    """It is gone for several times as long as one knock at its door takes."""
    context = zmq.Context()
    keys = new_keys()

    def serve(router: Router) -> None:
        while (received := router.receive()) is not None:
            peer, messages = received
            assert isinstance(messages, list)
            for message in messages:
                router.send(peer, Welcome(VERSION, 200, 1000) if isinstance(message, Hello) else Jobs([]))

    first = Router.tcp(context, "127.0.0.1", 0, keys)
    port = first.port
    serving = gevent.spawn(serve, first)
    dealer = Dealer(context, f"tcp://127.0.0.1:{port}", keys=new_keys(), server_key=keys.public)
    client = Client(dealer, Hello(VERSION, "tasker", "test", "3.11.4"), answer_s=0.5)
    try:
        with gevent.Timeout(WAIT_S):
            client.connect()
            serving.kill()
            first.close()
            asking = gevent.spawn(client.jobs)
            gevent.sleep(1.5)
            assert not asking.dead
            second = router_at(context, port, keys)
            serving = gevent.spawn(serve, second)
            assert asking.get() == []
    finally:
        serving.kill()
        client.close()
        second.close()
        context.destroy(linger=0)


def test_a_lost_connection_is_made_again_and_the_output_has_no_gap() -> None:
    """The distributor is the test's own: it is gone after the first word, comes back, and is asked for the rest."""
    context = zmq.Context()
    keys = new_keys()
    story: list[AnyMessage] = []

    def serve(router: Router, answers: list[AnyMessage]) -> None:
        while (received := router.receive()) is not None:
            peer, messages = received
            assert isinstance(messages, list)
            for message in messages:
                answer(router, peer, message, answers)

    def answer(router: Router, peer: Peer, message: AnyMessage, answers: list[AnyMessage]) -> None:
        story.append(message)
        if isinstance(message, Hello):
            router.send(peer, Welcome(VERSION, 200, 1000))
        elif isinstance(message, Follow):
            router.send(peer, *answers)

    first = Router.tcp(context, "127.0.0.1", 0, keys)
    port = first.port
    serving = gevent.spawn(serve, first, [Output("j", 1, 0, b"one ")])
    dealer = Dealer(context, f"tcp://127.0.0.1:{port}", keys=new_keys(), server_key=keys.public)
    client = Client(dealer, Hello(VERSION, "tasker", "test", "3.11.4"), answer_s=5)
    try:
        with gevent.Timeout(WAIT_S):
            client.connect()
            stream = client.follow("j")
            assert next(stream) == Output("j", 1, 0, b"one ")
            serving.kill()
            first.close()
            second = router_at(context, port, keys)
            end = Ended("j", "done", 0, "", content(b"one two three"), content(b""), [], [], [], 1)
            again = [Progress("j", "running", 0, []), Output("j", 1, 0, b"one two "), end]
            serving = gevent.spawn(serve, second, again)
            rest = list(stream)
    finally:
        serving.kill()
        client.close()
        second.close()
        context.term()
    assert rest == [
        Progress("j", "running", 0, []),
        Output("j", 1, 4, b"two "),
        Output("j", 1, 8, b"three"),
        end,
    ]
    asked = [message for message in story if isinstance(message, Follow)]
    assert (asked[0], asked[-1]) == (Follow("j", 0, 0), Follow("j", 4, 0))


def test_a_silence_is_told_while_the_job_is_followed_and_its_end_too() -> None:
    """The distributor is the test's own: it is there and says nothing, until that was noticed."""
    context = zmq.Context()
    keys = new_keys()
    told: list[float] = []
    router = Router.tcp(context, "127.0.0.1", 0, keys)
    end = Ended("j", "done", 0, "", content(b""), content(b""), [], [], [], 1)

    def serve() -> None:
        while (received := router.receive()) is not None:
            peer, messages = received
            assert isinstance(messages, list)
            if any(isinstance(message, Hello) for message in messages):
                router.send(peer, Welcome(VERSION, 20, 100))
            elif len(told) > 2:
                router.send(peer, end)

    serving = gevent.spawn(serve)
    dealer = Dealer(context, f"tcp://127.0.0.1:{router.port}", keys=new_keys(), server_key=keys.public)
    client = Client(dealer, Hello(VERSION, "tasker", "test", "3.11.4"), answer_s=WAIT_S)
    client.on_silence(told.append)
    try:
        with gevent.Timeout(WAIT_S):
            client.connect()
            assert list(client.follow("j")) == [end]
    finally:
        serving.kill()
        client.close()
        router.close()
        context.term()
    assert (told[:-1], told[-1]) == (sorted(told[:-1]), 0)


def test_nobody_answers() -> None:
    context = zmq.Context()
    dealer = Dealer(context, "tcp://127.0.0.1:1", keys=new_keys(), server_key=new_keys().public)
    client = Client(dealer, Hello(VERSION, "tasker", "test", "3.11.4"), answer_s=0.2)
    try:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
            client.connect()
    finally:
        client.close()
        context.term()
