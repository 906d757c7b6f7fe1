"""What became of a program's regions in its last run: written by `run`, read by `explain`.

A small file for each program below the user's cache folder. It is a note for people: nothing that Marx does rests on
it, so a file that cannot be written or read is as if there had been no run."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marx.cli.hindsight import Place, place_of
from marx.cli.settings import BadSettings, home_folder

if TYPE_CHECKING:
    from marx.wire.messages import Ended, RegionReport

REPORT_IT = "a bug of Marx. Please report it, with what `marx explain --json` says of the program."
OUR_MISTAKES = ("MX702", "MX703")
KEPT_MAX = 500
"""Programs that are remembered; the longest unused ones go first."""


def report_of(ended: Ended, source_hash: str) -> dict[str, Any]:
    """What became of each region over the whole job, as `--report` writes it."""
    return {
        "program": source_hash,
        "regions": [_region(region) for region in ended.regions],
        "wall_ms": ended.wall_ms,
    }


def _region(region: RegionReport) -> dict[str, Any]:
    return {
        "line": region.line,
        "shape": region.shape,
        "source": region.source,
        "verdict": "parallel" if region.chunks else "sequential" if region.code else "not reached",
        "code": region.code,
        "reason": region.reason,
        "entries": region.entries,
        "items": region.items,
        "chunks": region.chunks,
        "in_place": region.in_place,
        "requeued": region.requeued,
        "item_ns": region.item_ns,
        "map_ns": region.map_ns,
        "notes": region.notes,
        "file": region.file,
    }


def remember(script: Path, report: dict[str, Any]) -> None:
    """Keeps the report for `explain`."""
    with contextlib.suppress(OSError, BadSettings):
        file = _file(script)
        file.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f"{file.name}.{os.getpid()}")
        made.write_text(json.dumps(report), encoding="utf-8")
        made.replace(file)
        _drop_old(file.parent)


def last_run(script: Path, source: bytes, report: Path | None = None) -> dict[str, Any] | None:
    """The report of the last run of this very text; from the file `report` if there is one. None: there is none."""
    try:
        found = json.loads((report or _file(script)).read_text(encoding="utf-8"))
        return found if found["program"] == _hash(source) and isinstance(found["regions"], list) else None
    except (OSError, ValueError, KeyError, TypeError, BadSettings):
        return None


def run_lines(report: dict[str, Any], said: Collection[Place] = ()) -> Iterator[tuple[Place, str]]:
    """(its place, what became of it) of each region that was reached. The reasons at the places in `said` are not told
    again."""
    for region in report["regions"]:
        place = place_of(region)
        text = _told(region, with_reason=place not in said)
        if text:
            yield place, text
            yield from ((place, f"         {note}") for note in region["notes"])


def bugs(report: dict[str, Any]) -> Iterator[str]:
    """What shows that a region was taken for safe by mistake: a chunk changed something, or computed something else."""
    for region in report["regions"]:
        for note in region["notes"]:
            if note.startswith(OUR_MISTAKES):
                place = f"{region.get('file', '')} line {region['line']}".strip()
                yield f"{place}: {note}. The answer is python's; that this ran in chunks is {REPORT_IT}"


def _told(region: dict[str, Any], *, with_reason: bool) -> str:
    cost = f", about {region['item_ns'] / 1e6:.3g} ms each" if region["item_ns"] else ""
    if region["chunks"]:
        many = "chunk" if region["chunks"] == 1 else "chunks"
        figures = f"{region['items']} items in {region['chunks']} {many}, {region['in_place']} computed in place"
        reason = f"; at last in order: {region['code']} {region['reason']}" if region["reason"] else ""
        return f"last run: {figures}{cost}{reason}"
    if not region["reason"]:
        return f"last run: over before a chunk was needed{cost}" if region["code"] else ""
    return f"last run: in order: {region['code']} {region['reason']}" if with_reason else f"last run: in order{cost}"


def _file(script: Path) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or home_folder(os.environ) / ".cache"
    return Path(base, "marx", "runs", _hash(os.fsencode(os.path.abspath(script))) + ".json")


def _hash(data: bytes) -> str:
    """As contents are named on the wire."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _drop_old(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)
    for file in files[:-KEPT_MAX]:
        file.unlink(missing_ok=True)
