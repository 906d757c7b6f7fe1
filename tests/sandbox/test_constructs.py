"""How much of everyday Python the policies let through: each construct by itself."""

from __future__ import annotations

from sandbox.policy import check
from tests.sandbox.constructs import CONSTRUCTS

REFUSED_BY_THE_STATIC_POLICY = {"asynchronous", "exception groups"}


def test_the_static_policy_lets_everyday_programs_through() -> None:
    refused = {name: check(source, name) for name, source in CONSTRUCTS.items()}
    found = {name for name, reasons in refused.items() if reasons}
    assert found == REFUSED_BY_THE_STATIC_POLICY, {name: refused[name] for name in found}
