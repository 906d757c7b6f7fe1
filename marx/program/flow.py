"""Which names a statement needs, binds for certain, or may bind: the flow of bindings within one iteration of a
loop."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from marx.program.nodes import children, walk
from marx.program.scopes import COMPREHENSIONS, FUNCTIONS, bound_names, own_nodes


def may_bind(body: Iterable[ast.AST]) -> set[str]:
    """Every name that the statements may bind or unbind in their own scope (targets of comprehensions are not)."""
    found: set[str] = set()
    for statement in body:
        found |= _may_bind(statement)
    return found


def _may_bind(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Lambda):
        return set()
    if isinstance(node, COMPREHENSIONS):
        return {n.target.id for n in walk(node) if isinstance(n, ast.NamedExpr)}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    found: set[str] = set()
    if isinstance(node, ast.Name | ast.MatchAs | ast.MatchStar | ast.MatchMapping):
        found.update(bound_names(node) if isinstance(node, ast.Name) else _own(node))
    if isinstance(node, ast.ExceptHandler) and node.name:
        found.add(node.name)
    for child in children(node):
        found |= _may_bind(child)
    return found


def _own(node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> set[str]:
    name = node.rest if isinstance(node, ast.MatchMapping) else node.name
    return {name} if name else set()


def must_bind(body: Iterable[ast.stmt]) -> set[str]:
    """Names that are bound whenever the statements run to their end."""
    found: set[str] = set()
    for node in body:
        match node:
            case ast.Assign(targets=targets):
                for target in targets:
                    found.update(bound_names(target))
            case ast.AugAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                found.add(name)
            case ast.FunctionDef(name=name):
                found.add(name)
            case ast.Import() | ast.ImportFrom():
                found |= _may_bind(node)
            case ast.If(body=first, orelse=second):
                found |= must_bind(first) & must_bind(second)
            case ast.With(items=items, body=inner):
                for item in items:
                    if item.optional_vars is not None:
                        found.update(bound_names(item.optional_vars))
                found |= must_bind(inner)
            case ast.Try(body=inner, handlers=handlers, orelse=otherwise, finalbody=final):
                way = must_bind(inner) | must_bind(otherwise)
                for handler in handlers:
                    way &= must_bind(handler.body)
                found |= way | must_bind(final)
            case ast.Match(cases=[*_, ast.match_case(pattern=ast.MatchAs(pattern=None), guard=None)] as cases):
                found |= set.intersection(*({*bound_names(c.pattern)} | must_bind(c.body) for c in cases))
            case ast.Delete(targets=targets):
                for target in targets:
                    found.difference_update(bound_names(target))
            case _:
                pass
    return found


def preceding(body: Sequence[ast.stmt], node: ast.AST) -> Iterator[ast.stmt]:
    """The statements that have run before a node does, in the same run of the blocks that it stands in."""
    for position, statement in enumerate(body):
        if any(below is node for below in walk(statement)):
            yield from body[:position]
            for name in ("body", "orelse", "finalbody"):
                block = getattr(statement, name, None)
                yield from preceding(block, node) if isinstance(block, list) else ()
            return


def exposed(body: Iterable[ast.AST], defined: frozenset[str] = frozenset()) -> set[str]:
    """Names that the statements read and that they have not themselves bound for certain before."""
    found: set[str] = set()
    known = set(defined)
    for node in body:
        found |= _exposed(node, frozenset(known))
        if isinstance(node, ast.stmt):
            known |= must_bind([node])
    return found


def _exposed(node: ast.AST, known: frozenset[str]) -> set[str]:
    match node:
        case ast.For(target=target, iter=values, body=body, orelse=otherwise):
            inner = known | set(bound_names(target))
            return free(values) - known | exposed(body, inner) | exposed(otherwise, known) | (free(target) - known)
        case ast.While(test=test, body=body, orelse=otherwise):
            return free(test) - known | exposed(body, known) | exposed(otherwise, known)
        case ast.If(test=test, body=body, orelse=otherwise):
            inner = known | _walrus(test)
            return free(test) - known | exposed(body, inner) | exposed(otherwise, inner)
        case ast.With(items=items, body=body):
            found: set[str] = set()
            inner = known
            for item in items:
                found |= free(item.context_expr) - inner
                if item.optional_vars is not None:
                    found |= free(item.optional_vars) - inner
                    inner |= set(bound_names(item.optional_vars))
            return found | exposed(body, inner)
        case ast.Try(body=body, handlers=handlers, orelse=otherwise, finalbody=final):
            found = exposed(body, known) | exposed(otherwise, known | must_bind(body)) | exposed(final, known)
            for handler in handlers:
                inner = known | ({handler.name} if handler.name else set())
                found |= (free(handler.type) - known if handler.type else set()) | exposed(handler.body, inner)
            return found
        case ast.Match(subject=subject, cases=cases):
            return free(subject) - known | set().union(*(_exposed_case(case, known) for case in cases))
        case ast.AugAssign(target=ast.Name(id=name)):
            return (free(node.value) | {name}) - known
        case ast.Assign(targets=targets, value=value):
            return set().union(free(value), *(free(t) for t in targets)) - known
        case ast.Delete(targets=targets):
            return {n for t in targets for n in bound_names(t)} | set().union(*(free(t) for t in targets)) - known
        case _:
            return free(node) - known


def _exposed_case(case: ast.match_case, known: frozenset[str]) -> set[str]:
    inner = known | set(bound_names(case.pattern))
    guard = free(case.guard) - inner if case.guard is not None else set()
    return free(case.pattern) - known | guard | exposed(case.body, inner)


def _walrus(node: ast.expr) -> set[str]:
    return {node.target.id} if isinstance(node, ast.NamedExpr) else set()


def free(node: ast.AST) -> set[str]:
    """Names that an expression (or a nested function's body) reads from the scope around it."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    if isinstance(node, COMPREHENSIONS):
        inner = {name for g in node.generators for name in bound_names(g.target)}
        first = free(node.generators[0].iter)
        return first | (set().union(*(free(child) for child in children(node))) - inner)
    if isinstance(node, FUNCTIONS):
        outside = set().union(
            set(), *(free(d) for d in [*node.args.defaults, *[d for d in node.args.kw_defaults if d]])
        )
        names = {a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]}
        names |= {a.arg for a in (node.args.vararg, node.args.kwarg) if a}
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        names |= may_bind(body) if not isinstance(node, ast.Lambda) else set()
        return outside | (set().union(set(), *(free(b) for b in body)) - names)
    return set().union(set(), *(free(child) for child in children(node)))


def leaves_loop(node: ast.AST, in_loop: bool = False) -> bool:
    """Whether a statement holds a `break`, `continue`, `return` or `yield` that acts on what is around it."""
    if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Await):
        return True
    if isinstance(node, ast.Break | ast.Continue):
        return not in_loop
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return False
    if isinstance(node, ast.For | ast.While):
        return any(leaves_loop(c, True) for c in node.body) or any(
            leaves_loop(c, in_loop) for c in children(node) if c not in node.body
        )
    return any(leaves_loop(child, in_loop) for child in children(node))


def has_yield(body: Iterable[ast.stmt]) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom | ast.Await) for s in body for n in own_nodes(s))
