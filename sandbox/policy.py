"""A static check of a program's source: constructs that reach behind the language, each refused with its place and a
reason.

It is RestrictedPython's reviewed set of node types, in which an unknown node is a refused one, with the refusals
taken out that ordinary programs run into and that only serve RestrictedPython's run-time guards. Nothing is
rewritten: the tree is a copy, and the program that runs is the one that was written.

This is a well-worded "no" at submission, for owners who ask for it. It is not a fence: the kernel's layers are.
Imports RestrictedPython, so import this module only where a policy is asked for.
"""

from __future__ import annotations

import ast
import warnings

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer

from sandbox.refusal import Refusal

__all__ = ["Refusal", "check"]

SOURCE_BYTES_MAX = 4 << 20
NODES_MAX = 400_000
DEPTH_MAX = 200
"""The transformer recurses, several frames a level; a program that a person wrote stays far below."""

_METHODS = """
    abs add and bool bytes call ceil complex contains copy deepcopy del delitem divmod enter eq exit float
    floor floordiv format ge getitem gt hash iadd iand ifloordiv ilshift imatmul imod imul index init int
    invert ior ipow irshift isub iter itruediv ixor le len length_hint lshift lt matmul missing mod mul ne neg
    new next or pos post_init pow radd rand rdivmod repr reversed rfloordiv rlshift rmatmul rmod rmul ror
    round rpow rrshift rshift rsub rtruediv rxor set_name setitem str sub truediv trunc xor
"""
_FACTS = "name doc file slots version all author annotations"
HARMLESS = frozenset(f"__{name}__" for name in f"{_METHODS} {_FACTS}".split())
"""Special names that programs define or read and that lead to no frame, module or code object."""

GUARDS = frozenset(
    {
        "_apply_",
        "_getattr_",
        "_getitem_",
        "_getiter_",
        "_inplacevar_",
        "_iter_unpack_sequence_",
        "_print",
        "_print_",
        "_unpack_sequence_",
        "_write_",
    }
)
"""Names that RestrictedPython's guarded run time would give a meaning to."""

_BEHIND = ("breakpoint", "eval", "exec")


def check(source: str, filename: str) -> list[Refusal]:
    """All refusals of a program, in source order; none means that the policy allows it. Never raises for any source."""
    if len(source) > SOURCE_BYTES_MAX:
        return [Refusal(1, 0, f"{filename} is longer than the {SOURCE_BYTES_MAX} characters that a policy can check")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the program's own, said when it is compiled to run
            tree = ast.parse(source, filename)
    except SyntaxError as fault:
        return [Refusal(fault.lineno or 1, max((fault.offset or 1) - 1, 0), f"not Python: {fault.msg}")]
    except (ValueError, RecursionError, MemoryError) as fault:
        return [Refusal(1, 0, f"cannot be parsed: {fault or type(fault).__name__}")]
    if (refusal := _too_large(tree)) is not None:
        return [refusal]
    policy = StaticPolicy()
    policy.visit(tree)
    return sorted(set(policy.refusals), key=lambda refusal: (refusal.line, refusal.column, refusal.message))


def _too_large(tree: ast.AST) -> Refusal | None:
    """Counts without recursion, level by level."""
    level, count, depth = [tree], 0, 0
    while level:
        count += len(level)
        depth += 1
        if depth > DEPTH_MAX or count > NODES_MAX:
            place = level[0]
            line, column = getattr(place, "lineno", 1), getattr(place, "col_offset", 0)
            return Refusal(line, column, f"nested deeper than {DEPTH_MAX} or larger than {NODES_MAX} constructs")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return None


class StaticPolicy(RestrictingNodeTransformer):  # type: ignore[misc]  # an untyped base
    """Collects refusals. What a visit returns is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: list[Refusal] = []

    def error(self, node: ast.AST, info: str) -> None:
        self.refusals.append(Refusal(getattr(node, "lineno", 1), getattr(node, "col_offset", 0), info))

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        if name is None:
            return
        if name in GUARDS:
            self.error(node, f'"{name}" is the name of a guard.')
        elif _is_special(name) and name not in HARMLESS:
            self.error(node, f'"{name}" is a special name that is not on the list of harmless ones.')
        elif name in _BEHIND:
            self.error(node, f'"{name}" runs code that no check has seen.')

    def _check_attribute(self, node: ast.AST, name: str) -> None:
        if _is_special(name) and name not in HARMLESS:
            self.error(node, f'"{name}" is a special attribute that is not on the list of harmless ones.')
        elif name in INSPECT_ATTRIBUTES or name == "mro":
            self.error(node, f'"{name}" leads to frames, code or classes behind the program.')

    # --- constructs that the base class rewrites or refuses for its run time, checked by their names only -------------

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self.check_name(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self._check_attribute(node, node.attr)
        return self._contents(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return self._contents(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.check_name(node, node.name)
        self.check_function_argument_names(node)
        return self._contents(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.check_name(node, node.name)
        if any(keyword.arg == "metaclass" for keyword in node.keywords):
            self.error(node, 'The keyword argument "metaclass" is not allowed.')
        return self._contents(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._contents(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        return self._contents(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return self._contents(node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        return self._contents(node)

    visit_match_case = visit_MatchValue = visit_MatchSingleton = visit_MatchSequence = visit_MatchOr = visit_Match

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        for name in node.kwd_attrs:
            self._check_attribute(node, name)
        return self._contents(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        self.check_name(node, node.name)
        return self._contents(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        self.check_name(node, node.name)
        return node

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        self.check_name(node, node.rest)
        return self._contents(node)

    def visit_TypeAlias(self, node: ast.AST) -> ast.AST:
        return self._contents(node)

    def visit_TypeVar(self, node: ast.AST) -> ast.AST:
        self.check_name(node, getattr(node, "name", None))
        return self._contents(node)

    visit_ParamSpec = visit_TypeVarTuple = visit_TypeVar

    def _contents(self, node: ast.AST) -> ast.AST:
        visited: ast.AST = self.node_contents_visit(node)
        return visited


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and len(name) > 4
