"""Calls of functions that only the running program can name: what a variable, a container or an argument holds, or what
a decorator made of a function. The driver looks which functions these are when a region is entered (inside/called.py):
it lets only those pass that change nothing and return something new, or of their arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from marx.program.arguments import Arguments
from marx.program.effects import CALLED, LOGGABLE, UNKNOWN, Cause, Root, in_order, names_of
from marx.program.known import text_of
from marx.program.scopes import ClassInfo, FunctionInfo


class Callees(Arguments):
    """What is called, where the text does not say."""

    def call_variable(self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST) -> set[Root]:
        """The call of what a variable holds, or (depth 1) of something inside of it."""
        text = text_of(node)
        cause = Cause("MX505", getattr(node, "lineno", 0), f"calls `{text}`, which the analysis cannot name", text)
        return self.call_held(root, args, named, node, cause)

    def call_held(
        self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST, cause: Cause
    ) -> set[Root]:
        """What such a call may do and return: it may call the functions that it is given, and an object of the
        program if that can be called."""
        self.effects.calls.setdefault(root, cause)
        self.effects.heavy = True
        given = self.reachable(set().union(*args, *named.values()))
        self.touched |= {root, *given}
        found = given | self.site(node, given)
        functions = {r for r in given if r.kind in ("func", "lib", "method") or (r.kind == "class" and r.depth == 0)}
        found |= self.call_backs(functions, given - functions, node, cause)
        for method in self.program.methods.get("__call__", ()):
            found |= self.call_function(method, [{root}, *args], named, node)
        return found

    def call_decorated(
        self, root: Root, info: FunctionInfo, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """The call of a function that a decorator may have replaced. Where the decorator's text shows that what it
        makes has effects, these are effects of the call."""
        for wrapper in self._wrappers(info):
            summary = self.interpreter.summary(wrapper)
            self.take_flags({flag: cause for flag, cause in summary.flags.items() if flag not in LOGGABLE})
            for into, changed in ((self.effects.writes, summary.writes), (self.effects.binds, summary.binds)):
                for changed_root, cause in changed.items():
                    if changed_root.kind != "param":
                        into.setdefault(changed_root, cause)
        return self.call_variable(root, args, named, node)

    def _wrappers(self, info: FunctionInfo) -> list[FunctionInfo]:
        """Functions that the program's decorators of a function define to stand in its place: one scope inside of
        `@decorator`, two inside of `@decorator(…)`."""
        found: list[FunctionInfo] = []
        assert isinstance(info.node, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator, node in zip(info.decorators, info.node.decorator_list, strict=True):
            kind, _, rest = (decorator or "").partition(":")
            module, _, name = rest.partition(":")
            if kind == "fun" and name in self.program.modules[module].functions:
                inner = list(self.program.modules[module].functions[name].children.values())
                if isinstance(node, ast.Call):
                    inner = [wrapper for outer in inner for wrapper in outer.children.values()]
                found += inner
        return found

    def call_backs(self, functions: Iterable[Root], given: set[Root], node: ast.AST, why: Cause | None) -> set[Root]:
        """Calls of functions that were handed to another, with anything that was given.

        What is called may call again what it was given, itself among that. So each function is followed once for one
        set of things given; the outermost call goes round until nothing new comes out."""
        if self.called_back:
            return self._call_each(functions, given, node, why)
        made: set[Root] = set()
        size = -1
        while size != len(made) + self.growth:
            size = len(made) + self.growth
            made |= self._call_each(functions, given, node, why)
            self.called_back.clear()
        return made

    def _call_each(self, functions: Iterable[Root], given: set[Root], node: ast.AST, why: Cause | None) -> set[Root]:
        made: set[Root] = set()
        everything = frozenset(given)
        for root in in_order(functions):
            call = (root, everything)
            if call not in self.called_back and not self.interpreter.spend(len(given)):
                made |= self.not_known("MX501", node, f"the analysis of `{text_of(node)}` took too long")
            elif call not in self.called_back:
                self.called_back[call] = set()  # the same call inside of itself does nothing more
                self.called_back[call] = self._call_back(root, given, node, why)
            made |= self.called_back.get(call, set())
        return made

    def _call_back(self, root: Root, given: set[Root], node: ast.AST, why: Cause | None) -> set[Root]:
        if root.kind == "site" and root.key not in self.partials and root.key not in self.instances:
            return self.call_backs({r for r in self.reachable((root,)) if r.kind != "site"}, given, node, why)
        if root.kind == "func":
            info = self.program.functions[root.key]  # type: ignore[index]
            return self.call_function(info, [set(given) for _ in info.parameters], {}, node)
        if root.kind in ("lib", "method", "site") or (root.kind == "class" and root.depth == 0):
            return self.call_value({root}, [set(given), set(given)], {}, node)
        text = text_of(node)
        cause = why or Cause("MX505", getattr(node, "lineno", 0), f"`{text}` calls what the analysis cannot name", text)
        self.effects.calls.setdefault(root, cause)
        self.effects.heavy = True
        return {CALLED if root.kind in ("var", "global", "cell", "param") else UNKNOWN}

    def call_kept(
        self, receiver: set[Root], attr: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """The call of what a receiver may hold under a method's name, where the program binds that name otherwise."""
        if attr in self.program.inner_methods and not all(root.key in self.built_in for root in receiver):
            text = f"`.{attr}()` may be a method of a class that does not stand at the top of a module"
            return self.not_known("MX505", node, text, attr, "define the class at the top of the file")
        properties = attr in self.program.properties or attr in self.program.hidden_properties
        if not properties and attr not in self.program.kept_names:
            return set()
        heavy = self.effects.heavy
        kept = {r for r in self.attribute(receiver, attr, node) if r.kind != "method" or r.key[0] != attr}  # type: ignore[index]
        if attr in self.program.kept_names:
            kept |= set().union(*(self._under(root, attr) for root in receiver))
        given = self.reachable(set().union(*args, *named.values()))
        made = self.call_backs(self._callable_parts(kept), given, node, None)
        self.effects.heavy = heavy
        return made

    def _callable_parts(self, value: set[Root]) -> set[Root]:
        """Without the objects made here that nothing of the program lets be called."""
        found = {r for root in value for r in (self.reachable((root,)) if root.kind == "site" else (root,))}
        called = "__call__" in self.program.methods
        return {r for r in found if r.kind != "site" or r.key in self.partials or (called and r.key in self.instances)}

    def _is_own_method(self, root: Root, attr: str, is_variable: bool) -> bool:
        """Whether a method of an object is certainly one of the program's, not one of a value type by the same name.
        What a variable holds the driver looks up; what a call returns may be something inside of the root."""
        if attr in self.program.kept_names and (root.kind == "site" or root == Root("param", 0)):
            return False
        if root.kind == "site":
            return root.key in self.instances and self._defines(self.instances[root.key], attr)
        if root == Root("param", 0) and self.function is not None and self.function.cls is not None:
            first = not {"lib:staticmethod", "lib:classmethod"} & set(self.function.decorators)
            return first and self.function.parent is None and self._defines(self.function.cls, attr)
        if root.depth or not is_variable:
            return False
        if not (root.kind == "global" or (root.kind == "var" and self.is_region and names_of([root]))):
            return False
        self.effects.instances.update((name, attr) for name in names_of([root]))
        return bool(names_of([root]))

    def _defines(self, cls: ClassInfo, attr: str) -> bool:
        """Whether a class and all that inherit from it have a method by that name, and no base out of the program."""
        for heir in self.program.heirs(cls):
            line = self.program.lineage(heir)
            if line is None or not any(attr in ancestor.methods for ancestor in line):
                return False
        return True
