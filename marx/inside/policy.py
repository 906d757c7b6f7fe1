"""The language policy that an owner may demand (`marx worker --policy static`), checked in the jail before it runs.

The trusted side never parses a program. A driver that is refused says so and ends; a chunk jail that refuses leaves its
items to the driver, which runs on a machine whose owner asked for no policy.
"""

from __future__ import annotations

import os

from marx.inside.local_modules import local_sources, text_of

REASONS_MAX = 20


def refusals(script: str) -> list[str]:
    """What the policy has against the script and the local modules that it imports: "FILE:LINE: reason"."""
    from sandbox.policy import check

    found = []
    for path, source in {script: text_of(script), **local_sources(script)}.items():
        for refusal in check(source, path):
            found.append(f"{os.path.basename(path)}:{refusal.line}: {refusal.message}")
    return found[:REASONS_MAX]
