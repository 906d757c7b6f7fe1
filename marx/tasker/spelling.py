"""Whether a disk takes two names for one: on many of them `A` is `a`, and on some an accent is written in one way only.

A program that ran in a sandbox may have left both, and whichever were written last would be all that is left. Nothing
here knows how disks compare names; each is asked by what it answers. Writes nothing.
"""

from __future__ import annotations

import os
import unicodedata


class Spellings:
    """How the files written into one folder are spelled, each under the name that it was given."""

    __slots__ = ("_written",)

    def __init__(self) -> None:
        self._written: dict[tuple[int, int], str] = {}

    def written(self, place: int, name: str, path: str) -> None:
        """Notes that `path` now is what the folder `place` has under `name`."""
        facts = os.stat(name, dir_fd=place, follow_symlinks=False)
        if facts.st_nlink == 1:
            self._written[facts.st_dev, facts.st_ino] = path

    def other(self, place: int, name: str, path: str, present: os.stat_result) -> str:
        """What the file that is there under `name` was called when it was written; "" if it was called so."""
        if present.st_nlink > 1:
            return ""  # hard links are two names of one file by their owner's wish
        before = self._written.get((present.st_dev, present.st_ino))
        if before is not None:
            return "" if before == path else before
        return _listed_otherwise(place, name, present)


def _listed_otherwise(place: int, name: str, present: os.stat_result) -> str:
    """The name of a file that was there already, where it differs by more than how accents are written. Folders are
    listed only where the disk has been seen to take one case for the other."""
    try:
        swapped = os.stat(name.swapcase(), dir_fd=place, follow_symlinks=False)
    except OSError:
        return ""
    if name == name.swapcase() or not os.path.samestat(swapped, present):
        return ""
    listed = os.listdir(place)
    if _composed(name) in map(_composed, listed):
        return ""
    return next((each for each in listed if _composed(each).casefold() == _composed(name).casefold()), "")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
