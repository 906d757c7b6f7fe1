"""A place and what became of its body, written down as the plan's record of a region."""

from __future__ import annotations

import ast
from dataclasses import replace

from marx.program.effects import guards_of, names_of
from marx.program.nodes import walk
from marx.program.pieces import Found
from marx.program.places import Place
from marx.program.plan import Control, Name, Region, Shape
from marx.program.sources import sources_of


def region_of(place: Place, shape: Shape, site: int, target: ast.expr, found: Found, control: Control | None) -> Region:
    """The region of a loop whose body was split into slots and a fold. `control` is that of a `while` loop."""
    region = _with_items(_with_fold(_map_slice(place, shape, site, target, found), place, found), place, found)
    return replace(region, control=control, fresh_iterator=False) if control is not None else region


def _map_slice(place: Place, shape: Shape, site: int, target: ast.expr, found: Found) -> Region:
    """Where the region stands, and all that its map slice needs."""
    node = place.node
    assert isinstance(node, ast.expr | ast.stmt)
    effects = found.effects
    return Region(
        site=site,
        module=place.module.name,
        scope=place.function.key.qualname if place.function is not None else "<module>",
        shape=shape,
        line=node.lineno,
        column=node.col_offset,
        source=ast.unparse(node).splitlines()[0],
        node=node,
        target=target,
        body=tuple(found.body),
        slots=tuple(found.slots),
        loops={id(loop): number for loop, number in found.loops.items()},
        reads=names_of(effects.reads) | found.loaded,
        writes=names_of(r for r in found.fold.writes if r.depth and not r.path),
        soft=frozenset((name, root.depth) for root in effects.soft for name in names_of([root])),
        guards=replace(guards_of(effects), instances=frozenset(effects.instances | found.fold.instances)),
        callees=frozenset(effects.callees),
        called=names_of(effects.calls),
        calls_items=any(r.is_item for r in effects.calls),
        prints="out" in effects.flags or bool(effects.calls),
        reads_files="file-read" in effects.flags,
        shares=found.shares,
        guesses=frozenset(effects.guesses),
    )


def _with_fold(region: Region, place: Place, found: Found) -> Region:
    """And what the rest of the body, which stays in order, may change, bind and call."""
    fold, node = found.fold, place.node
    return replace(
        region,
        own_writes=names_of(r for r in fold.writes if not r.path) - region.writes,
        parts=frozenset((n, r.depth, r.path) for r in fold.writes if r.path for n in names_of([r])),
        item_writes=frozenset((r.depth, r.path) for r in fold.writes if r.is_item),
        fold_unknown=fold.unknown is not None or _hidden_writes(place, found),
        fold_called=names_of(fold.calls),
        fold_reads=names_of({*fold.reads, *fold.writes}),
        binds=_bound(place, found),
        may_stop=isinstance(node, ast.For | ast.While)
        and any(isinstance(n, ast.Break | ast.Return) for s in node.body for n in walk(s)),
    )


def _with_items(region: Region, place: Place, found: Found) -> Region:
    """And what it goes over."""
    sources = sources_of(place)
    soft, written = found.effects.soft, found.fold.writes
    return replace(
        region,
        bases=frozenset(id(leaf) for leaf in sources.leaves),
        fresh_iterator=sources.fresh,
        reads_on=sources.reads_on,
        readers=frozenset(Name(_scope(place), name) for name in sources.readers),
        items_plain=any(r.is_item for r in soft),
        elements=found.lists,
        elements_plain=any(r.is_element for r in soft) or any(r.is_element and r.depth for r in written),
        in_step=found.in_step,
    )


def _scope(place: Place) -> str:
    """The module whose globals the place's names are; "" where they are local variables."""
    return "" if place.function is not None else place.module.name


def _bound(place: Place, found: Found) -> frozenset[Name]:
    """The variables that one run of the loop binds, itself or through what it calls."""
    return names_of(found.fold.binds) | {Name(_scope(place), name) for name in found.bound}


def _hidden_writes(place: Place, found: Found) -> bool:
    """Whether the fold changes something that has no name to look it up by, or by a name that it binds anew."""
    named = ("var", "global")
    if _bound(place, found) & ({name for name, _ in found.fold.instances} | names_of(found.fold.calls)):
        return True
    if any(r.kind not in named or r.is_item for r in found.fold.calls):
        return True
    return any(r.kind not in named and r.kind not in ("site", "class") for r in found.fold.writes)
