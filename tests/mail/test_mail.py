"""Mail about jobs: a real distributor with a journal, and a real SMTP server in a process of its own."""

from __future__ import annotations

import email
import email.policy
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import gevent
import pytest

from marx.cli.why import why
from marx.distributor.mail_settings import BadMailSettings, MailSettings, mail_settings_of
from marx.distributor.mail_text import first_traceback
from marx.journal.journal import Journal
from marx.journal.records import MailNoted, Record
from marx.wire import messages as wire
from marx.wire.codec import content
from tests.cli.stage import Stage

TOP = Path(__file__).resolve().parents[2]
TRACE = b'Traceback (most recent call last):\n  File "census.py", line 7, in <module>\nValueError: <no>\n'
ANN = wire.Terms(mail="ann@lab.example", mail_types=["end", "fail"])


class Post:
    """The mail server, which can be down, and the mail that it took."""

    def __init__(self, folder: Path, certificate: Path | None) -> None:
        self.folder = folder / "mail"
        self.folder.mkdir()
        self.certificate = certificate
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    def up(self) -> None:
        command = [sys.executable, "-m", "tests.mail.server", str(self.folder), str(self.port)]
        extra = [str(self.certificate)] if self.certificate else []
        self._process = subprocess.Popen([*command, *extra], cwd=TOP, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline()

    def down(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def mails(self, count: int) -> list[EmailMessage]:
        with gevent.Timeout(20, AssertionError(f"not {count} mails in {self.folder}")):
            while len(list(self.folder.glob("*.eml"))) < count:
                gevent.sleep(0.02)
        files = sorted(self.folder.glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]  # type: ignore[misc]

    def settings(self, **changed: Any) -> MailSettings:
        fields: dict[str, Any] = {"port": self.port, "security": "none", "retry_s": 1, "retry_max_s": 1}
        return MailSettings(**{"server": "127.0.0.1", "sender": "marx@lab.example", **fields, **changed})


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path, None)
    yield post
    post.down()


@pytest.fixture
def stage(tmp_path: Path, post: Post) -> Iterator[Stage]:
    stage = Stage(tmp_path / "serve", mail=post.settings())
    yield stage
    stage.close()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def mail_rows(stage: Stage, job: str) -> dict[str, str]:
    return {mail.type: mail.state for mail in stage.client.facts(job).mails}


def test_an_end_is_mailed_with_outcome_figures_output_and_files(stage: Stage, post: Post) -> None:
    post.up()
    job, driver, lease, desk = stage.looping(count=4, terms=ANN)
    for _ in range(4):
        desk.finish(desk.chunk())
    driver.expect(wire.Values)
    driver.say(wire.Closed(lease, 0, 4, 0), wire.Output(job, 1, 0, b"the sum is <4>\n", lease))
    stage.end(driver, lease, files=[wire.File("out/sum.csv", content(b"4\n")), wire.File("out/", content(b""))])
    [mail] = post.mails(1)
    assert str(mail["Subject"]).startswith("[marx] census.py: done 4/4 in ")
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (
        "ann@lab.example",
        "marx@lab.example",
        "auto-generated",
    )
    text, html = text_of(mail), text_of(mail, "html")
    for part in (
        "line 7: 4 items, 4 chunks",
        "the sum is <4>",
        "out/sum.csv (2 bytes), enclosed",
        f"marx results {job}",
    ):
        assert part in text
    assert "the sum is &lt;4&gt;" in html
    [enclosed] = list(mail.iter_attachments())
    assert (enclosed.get_filename(), enclosed.get_content()) == ("sum.csv", b"4\n")
    stage.until(lambda: mail_rows(stage, job) == {"end": "sent"})
    assert stage.client.facts(job).row.mail == "sent"
    assert "mail" in {entry.kind for entry in stage.client.log(job)}


def test_a_failure_is_one_mail_with_its_first_traceback(stage: Stage, post: Post) -> None:
    post.up()
    job, driver, lease = stage.running(terms=ANN)
    stage.end(driver, lease, 1, b"warming up\n" + TRACE + TRACE)
    [mail] = post.mails(1)
    assert "done with exit code 1" in str(mail["Subject"])
    assert "First traceback:\n  Traceback (most recent call last):" in text_of(mail)
    assert "ValueError: &lt;no&gt;" in text_of(mail, "html")
    stage.until(lambda: mail_rows(stage, job) == {"fail": "sent"})


def test_a_begin_and_a_delay_are_mailed_where_they_are_asked_for(stage: Stage, post: Post) -> None:
    post.up()
    types = wire.Terms(mail="ann@lab.example", mail_types=["begin", "late"])
    job, _, _, desk = stage.looping(count=20, credit=8, terms=types)
    for _ in range(5):
        desk.finish(desk.chunk())
    stage.until(lambda: stage.client.facts(job).said_ms >= 0)
    stage.later(3_600_000)
    begun, late = post.mails(2)
    assert str(begun["Subject"]) == "[marx] census.py: begun"
    assert str(late["Subject"]).startswith("[marx] census.py: late, 5/20 after 1 h")
    assert "(said " in str(late["Subject"])
    stage.client.cancel(job)
    assert mail_rows(stage, job) == {"begin": "sent", "late": "sent"}


def test_mail_waits_for_a_server_that_is_down_and_for_us_when_we_are(stage: Stage, post: Post) -> None:
    job, driver, lease = stage.running(terms=ANN)
    stage.end(driver, lease)
    stage.until(lambda: any(mail.tries for mail in stage.client.facts(job).mails))
    assert why(stage.client, job).code == "mail-waits"
    assert "onnection refused" in why(stage.client, job).evidence[0]
    stage.restart()
    post.up()
    assert len(post.mails(1)) == 1
    stage.until(lambda: mail_rows(stage, job) == {"end": "sent"})


class Forgetful:
    """The real journal, of a machine that always stops just before mail is written down."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def append(self, record: Record) -> None:
        if not isinstance(record, MailNoted):
            self._journal.append(record)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)


def test_mail_that_a_crash_kept_from_being_queued_is_found_owed(stage: Stage, post: Post) -> None:
    stage.lab.gate = Forgetful  # type: ignore[assignment]
    stage.restart()
    job, driver, lease = stage.running(terms=ANN)
    stage.end(driver, lease)
    stage.lab.gate = lambda journal: journal
    stage.restart()
    post.up()
    assert len(post.mails(1)) == 1
    stage.until(lambda: mail_rows(stage, job) == {"end": "sent"})


@pytest.mark.parametrize(("address", "state"), [("nobody@lab.example", "given up"), ("later@lab.example", "queued")])
def test_what_the_server_will_not_take_is_given_up_or_tried_again(
    stage: Stage, post: Post, address: str, state: str
) -> None:
    post.up()
    job, driver, lease = stage.running(terms=wire.Terms(mail=address, mail_types=["end"]))
    stage.end(driver, lease)
    stage.until(lambda: any(mail.tries for mail in stage.client.facts(job).mails))
    assert mail_rows(stage, job) == {"end": state}
    if state == "given up":
        cause = why(stage.client, job)
        assert cause.code == "mail-given-up"
        assert "550 there is nobody" in cause.evidence[0]


def test_a_clock_that_is_set_forward_makes_no_failure_final(stage: Stage, post: Post) -> None:
    post.up()
    job, driver, lease = stage.running(terms=wire.Terms(mail="later@lab.example", mail_types=["end"]))
    stage.end(driver, lease)
    stage.until(lambda: any(mail.tries for mail in stage.client.facts(job).mails))
    shell = stage.lab.distributor.shell
    wall_ms, ahead_ms = shell.clock.wall_ms, 1_000 * (post.settings().give_up_s + 1)
    shell.clock = replace(shell.clock, wall_ms=lambda: wall_ms() + ahead_ms)
    shell.mail_changed.set()
    stage.until(lambda: any(mail.tries > 1 for mail in stage.client.facts(job).mails))
    assert mail_rows(stage, job) == {"end": "queued"}


def test_a_mail_is_given_up_when_its_tries_were_spread_over_long_enough(post: Post) -> None:
    settings = post.settings(retry_s=30, retry_max_s=120)
    assert [settings.tried_s(tries) for tries in range(1, 6)] == [0, 30, 90, 210, 330]


@pytest.mark.parametrize("name", ["=?utf-8?q?x=0aBcc:_all?=", "<script>alert(1)</script>", "n" * 3000])
def test_a_hostile_name_that_can_be_printed_stays_a_name(stage: Stage, post: Post, name: str) -> None:
    post.up()
    job, driver, lease = stage.running(terms=ANN, name=name)
    stage.end(driver, lease, files=[wire.File("a\r\nX-Evil: 1", content(b"x"))], stderr=b"\x1b]0;title\x07\n")
    [mail] = post.mails(1)
    assert "Bcc" not in mail
    assert "X-Evil" not in mail
    assert mail.get_all("To") == ["ann@lab.example"]
    assert "<script>" not in text_of(mail, "html")
    assert "\x1b" not in text_of(mail)
    [enclosed] = list(mail.iter_attachments())
    assert "X-Evil" not in enclosed
    assert job in text_of(mail)


def test_mail_travels_encrypted_and_with_a_password(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    make += ["-days", "2", "-subj", "/CN=localhost", "-addext", names, "-keyout", str(certificate)]
    made = subprocess.run(make, capture_output=True, check=True)
    key = certificate.read_bytes()
    certificate.write_bytes(key + made.stdout)
    post = Post(tmp_path, certificate)
    post.up()
    secret = {"security": "starttls", "certificate": str(certificate), "user": "marx"}
    try:
        for password, state in (("a secret", "sent"), ("a guess", "queued")):
            stage = Stage(tmp_path / state, mail=post.settings(**secret, password=password))
            job, driver, lease = stage.running(terms=ANN)
            stage.end(driver, lease)
            stage.until(lambda s=stage, j=job: any(mail.tries for mail in s.client.facts(j).mails))
            assert mail_rows(stage, job) == {"end": state}
            stage.close()
        unknown = Stage(tmp_path / "unknown", mail=post.settings(security="starttls"))
        job, driver, lease = unknown.running(terms=ANN)
        unknown.end(driver, lease)
        unknown.until(lambda: any(mail.tries for mail in unknown.client.facts(job).mails))
        assert "certificate verify failed" in unknown.client.facts(job).mails[0].reason
        unknown.close()
    finally:
        post.down()
    assert len(post.mails(1)) == 1


def test_large_files_do_not_go_along(tmp_path: Path, post: Post) -> None:
    post.up()
    stage = Stage(tmp_path / "serve", mail=post.settings(attachment_bytes_max=10))
    _, driver, lease = stage.running(terms=ANN)
    large = wire.File("large.bin", content(b"x" * 11))
    stage.end(driver, lease, files=[large, wire.File("small.txt", content(b"x"))])
    [mail] = post.mails(1)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["small.txt"]
    assert "large.bin (11 bytes)\n" in text_of(mail)
    stage.close()


# --- the parts --------------------------------------------------------------------------------------------------------


def test_the_first_traceback_is_found_whole() -> None:
    assert first_traceback(b"no\n" + TRACE + b"more\n") == TRACE.decode().splitlines()
    assert first_traceback(b"nothing of the kind") == []
    deep = b"Traceback (most recent call last):\n" + b"  File x\n" * 1000 + b"RecursionError: deep\n"
    assert len(first_traceback(deep)) == 31
    assert first_traceback(deep)[-1] == "RecursionError: deep"


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("server = 1\nsender = 'a@b'", 0o600, "server must be a text"),
        ("server = 'x'", 0o600, "sender is missing"),
        ("server = 'x'\nsender = 'a@b'\nsekurity = 'tls'", 0o600, "there is no setting 'sekurity'"),
        ("server = 'x'\nsender = 'a@b'\nsecurity = 'ssl'", 0o600, "security must be one of"),
        ("server = 'x'\nsender = 'a@b'\nuser = 'u'\npassword = 'p'", 0o644, "chmod 600"),
        ("server = 'x'\nsender = 'a@b'\nuser = 'u'\npassword = 'p'\nsecurity = 'none'", 0o600, "without encryption"),
        ("server = ", 0o600, "cannot be read"),
    ],
)
def test_a_wrong_mail_file_says_what_and_where(tmp_path: Path, text: str, mode: int, says: str) -> None:
    file = tmp_path / "mail.toml"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(BadMailSettings) as caught:
        mail_settings_of(tmp_path)
    assert says in str(caught.value)


def test_a_mail_file_is_read(tmp_path: Path) -> None:
    assert mail_settings_of(tmp_path) is None
    (tmp_path / "mail.toml").write_text("server = 'x'\nsender = 'a@b'\nport = 25\ndomains = ['lab.example']\n")
    assert mail_settings_of(tmp_path) == MailSettings("x", "a@b", port=25, domains=("lab.example",))
    assert [MailSettings("x", "a@b").pause_s(tries) for tries in (1, 2, 3, 20)] == [30, 60, 120, 3_600]
