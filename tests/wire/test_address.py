"""The line that people paste: read back as written, and refused with what is wrong in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marx.wire.address import Address, BadAddress, parse

KEY = bytes(range(32))
HEX = KEY.hex()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"marx://lab:7979/{HEX}/k3n9-2fxq", Address("lab", 7979, KEY, "k3n9-2fxq")),
        (f"marx://lab.example.org:1/{HEX}", Address("lab.example.org", 1, KEY)),
        (f"  marx://10.0.0.7:65535/{HEX.upper()}/\n", Address("10.0.0.7", 65535, KEY)),
        (f"marx://[fe80::1%eth0]:7979/{HEX}/x", Address("[fe80::1%eth0]", 7979, KEY, "x")),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse(text) == address
    assert parse(str(address)) == address


def test_the_endpoint_is_as_the_socket_wants_it() -> None:
    assert parse(f"marx://[::1]:7979/{HEX}").endpoint == "tcp://[::1]:7979"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not begin with marx://"),
        ("http://lab:7979", "does not begin with marx://"),
        ("lab:7979", "does not begin with marx://"),
        ("marx://lab", "names no port"),
        (f"marx://lab/{HEX}", "names no port"),
        ("marx://lab:7979", "0 characters instead of 64 hex digits"),
        (f"marx://lab:7979/{HEX[:-1]}", "63 characters instead of 64 hex digits"),
        (f"marx://lab:7979/{HEX[:-1]}x", "64 hex digits"),
        (f"marx://lab:0/{HEX}", "'0' is not a port"),
        (f"marx://lab:65536/{HEX}", "'65536' is not a port"),
        (f"marx://lab:٧/{HEX}", "is not a port"),
        (f"marx://:7979/{HEX}", "'' is not a host"),
        (f"marx://two words:7979/{HEX}", "'two words' is not a host"),
        (f"marx://::1:7979/{HEX}", "IPv6 stands in brackets"),
        (f"marx://lab:7979/{HEX}/code/more", "more than a key and a join code"),
        (f"marx://lab:7979/{HEX}/co de", "join code"),
    ],
)
def test_a_wrong_address_says_what_is_wrong_and_what_to_do(text: str, says: str) -> None:
    with pytest.raises(BadAddress, match="marx serve") as raised:
        parse(text)
    assert says in str(raised.value)
    assert raised.value.exit_code == 78


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for line in (text, f"marx://{text}", f"marx://lab:7979/{text}", f"marx://{text}:7979/{HEX}"):
        try:
            address = parse(line)
        except BadAddress:
            continue
        assert parse(str(address)) == address
