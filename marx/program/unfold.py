"""Loops that are expressions, as the statements of a `for` loop's body: comprehensions, calls of `map`, key functions,
and with them the call or loop that uses up what they make.

The statements only stand for what the expressions do; they are analysed and never run."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from marx.program.fills import holds
from marx.program.nodes import walk
from marx.program.places import Consumer, Place, shape_of
from marx.program.plan import Control
from marx.program.scopes import COMPREHENSIONS, Comprehension, keyed


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A loop as target and body. Statements in `fold` stand for parts of an expression and stay in the fold;
    `consumer`, the last of the body, for the call that uses the items up, of which no chunk runs any part; of the call
    `whole` no part can be looked up, as only the driver's functions stand where it is."""

    target: ast.expr
    body: list[ast.stmt]
    fold: list[ast.stmt]
    consumer: ast.stmt | None = None
    whole: ast.expr | None = None


def unfold(place: Place, control: Control | None = None) -> Unfolded:
    """`control` is that of a `while` loop."""
    node = place.node
    if isinstance(node, ast.For):
        return Unfolded(node.target, node.body, [])
    if isinstance(node, ast.While):
        assert control is not None
        names = [ast.copy_location(ast.Name(name, ast.Store()), node) for name in control.names]
        one = names[0] if len(names) == 1 else ast.copy_location(ast.Tuple(list(names), ast.Store()), node)
        return Unfolded(one, node.body, [])
    consumer: ast.stmt | None = None
    whole: ast.expr | None = None
    if isinstance(node, COMPREHENSIONS):
        target, body, fold = _comprehension(node)
        made = None if isinstance(node, ast.DictComp) else node.elt
    else:
        assert isinstance(node, ast.Call)
        shape = shape_of(place)
        target, call = _mapped(node, shape == "starmap" or len(node.args) > 2)
        body, fold, made, whole = [call], [call], call.value, call.value
        if shape == "filter":
            made = ast.copy_location(ast.Name(".item", ast.Load()), node)
        elif shape == "key":
            rest = [k for k in node.keywords if k.arg != "key"]
            consumer = ast.copy_location(ast.Expr(ast.copy_location(ast.Call(node.func, node.args, rest), node)), node)
    if place.parent is not None and isinstance(node, ast.GeneratorExp | ast.Call) and consumer is None:
        assert made is not None
        consumer = _consumer(place.parent, node, made)
    if consumer is not None:
        body, fold = [*body, consumer], [*fold, consumer]
    return Unfolded(target, body, fold, consumer, whole)


def _comprehension(node: Comprehension) -> tuple[ast.expr, list[ast.stmt], list[ast.stmt]]:
    """A comprehension's inside: (target, body, all its statements)."""
    elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    body: list[ast.stmt] = [ast.copy_location(ast.Expr(e), e) for e in elements]
    made = list(body)
    for position in range(len(node.generators) - 1, -1, -1):
        generator = node.generators[position]
        for test in reversed(generator.ifs):
            body = [ast.copy_location(ast.If(test, body, []), test)]
            made += body
        if position:
            body = [ast.copy_location(ast.For(generator.target, generator.iter, body, [], None), generator.iter)]
            made += body
    return node.generators[0].target, body, made


def _mapped(node: ast.Call, spread: bool) -> tuple[ast.expr, ast.Expr]:
    """`map(f, xs)` as `f(item)` for each item; with several iterables (`spread`) the item is a tuple."""
    item: ast.expr = ast.Name(".item", ast.Load())
    argument = ast.Starred(item, ast.Load()) if spread else item
    call = ast.Expr(ast.Call(keyed(node) or node.args[0], [argument], []))
    for part in walk(call):
        if not hasattr(part, "lineno") and isinstance(part, ast.expr | ast.stmt):
            ast.copy_location(part, node)
    return ast.copy_location(ast.Name(".item", ast.Store()), node), call


def _consumer(consumer: Consumer, node: ast.expr, made: ast.expr) -> ast.stmt:
    """What uses an iterator up, as a part of the fold: with a tuple of one thing that the iterator makes in its place,
    since the consumer may change that."""
    one = ast.copy_location(ast.Tuple([made], ast.Load()), node)
    if isinstance(consumer, ast.For):
        iterated = _in_place_of(consumer.iter, node, one)
        return ast.copy_location(ast.For(consumer.target, iterated, consumer.body, consumer.orelse, None), consumer)
    return ast.copy_location(ast.Expr(_in_place_of(consumer, node, one)), consumer)


def _in_place_of(tree: ast.expr, node: ast.expr, stand_in: ast.expr) -> ast.expr:
    made = replaced(tree, node, stand_in)
    assert isinstance(made, ast.expr)
    return made


def replaced(tree: ast.AST, node: ast.AST, stand_in: ast.AST) -> ast.AST:
    """A copy of the way from a tree down to a node, with another in the node's place; the rest is shared."""
    if tree is node:
        return stand_in
    if not holds(tree, node):
        return tree
    fields: dict[str, object] = {}
    for name, value in ast.iter_fields(tree):
        if isinstance(value, ast.AST):
            value = replaced(value, node, stand_in)
        elif isinstance(value, list):
            value = [replaced(v, node, stand_in) if isinstance(v, ast.AST) else v for v in value]
        fields[name] = value
    return ast.copy_location(type(tree)(**fields), tree)
