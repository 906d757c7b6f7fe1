"""Gives functions back the code that the program wrote, once none of their loops is worth watching.

A loop that is entered a million times would pay for each entry, be it ever so little. The function itself, found by its
name, gets its original code; so do functions that were made while another one ran (closures), and that other one makes
the next of them from it. Frames that run already go on as they are."""

from __future__ import annotations

import gc
import types
from typing import Any

from marx.inside.codebook import CodeBook
from marx.inside.state import ProgramState, space_of
from marx.program.plan import Name, Region


def restore(region: Region, code: types.CodeType, program: ProgramState) -> None:
    """`code` is what runs the region's loop: of a module, which cannot be given another, or of a function."""
    original = program.book.original(code)
    if original is None or original.co_freevars != code.co_freevars:
        return
    named = _outermost(region, program)
    if named is not None:
        named.__code__ = _with_original(named.__code__, original, program.book)
        if named.__code__ is original:
            return
    for holder in gc.get_referrers(code):
        if isinstance(holder, types.FunctionType) and holder.__code__ is code:
            holder.__code__ = original


def _outermost(region: Region, program: ProgramState) -> types.FunctionType | None:
    """The function at the top of its module, or in a class there, in which the region stands."""
    found: Any = space_of(Name(region.module, ""), program)
    for part in region.scope.split("."):
        found = found.get(part) if isinstance(found, dict) else getattr(found, "__dict__", {}).get(part)
        for inner in ("__wrapped__", "__func__", "fget"):
            found = getattr(found, inner, None) or found
        if isinstance(found, types.FunctionType):
            return found
    return None


def _with_original(code: types.CodeType, original: types.CodeType, book: CodeBook) -> types.CodeType:
    """The code with that one function in it, or all of it, as the program wrote it."""
    if book.original(code) is original:
        return original
    held = [_with_original(c, original, book) if isinstance(c, types.CodeType) else c for c in code.co_consts]
    same = all(new is old for new, old in zip(held, code.co_consts, strict=True))
    return code if same else code.replace(co_consts=tuple(held))
