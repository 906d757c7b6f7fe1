"""Making an instance of a class of the program: its constructors, the factories of its fields, and what an enumeration
does with a value that it does not know."""

from __future__ import annotations

import ast

from marx.program import traits
from marx.program.callees import Callees
from marx.program.effects import Root
from marx.program.known import text_of
from marx.program.plan import Name
from marx.program.scopes import ClassInfo, resolve

_MAKERS = ("__init__", "__new__", "__post_init__", "__setattr__")


class Construction(Callees):
    """Calls of classes."""

    def construct(self, root: Root, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST) -> set[Root]:
        """A new instance of a class of the program."""
        cls = self._class(root)
        made = self.site(node, set().union(*args, *named.values()))
        if cls is not None:
            self.instances[id(node)] = cls
        enumeration = False
        initialised = False
        seen: list[ClassInfo] = []
        while cls is not None and cls not in seen:
            seen.append(cls)
            self.effects.classes.add(Name(cls.module.name, cls.name))
            if self._is_strange(cls):
                return self.not_known(
                    "MX505", node, f"class `{cls.name}` has a base, decorator or body that is not known", cls.name
                )
            enumeration |= any((b or "").startswith("lib:enum.") for b in cls.bases)
            for name in _MAKERS:
                if name in cls.methods and not (name == "__init__" and initialised):
                    initialised |= name == "__init__"
                    self.call_function(cls.methods[name], [made, *args], named, node)
            for factory in cls.factories:
                self.hold(id(node), self._fill_field(cls, factory))
            if "__del__" in cls.methods:
                self.flag("identity", getattr(node, "lineno", 0), f"`{cls.name}` has a destructor", cls.name)
            bases = [c for c in map(self.program.class_of, cls.bases) if c is not None]
            if len(bases) > 1:
                return self.not_known("MX505", node, f"class `{cls.name}` has several bases", cls.name)
            cls = bases[0] if bases else None
        return self._member(root, seen, args, node) if enumeration else made

    @staticmethod
    def _is_strange(cls: ClassInfo) -> bool:
        """Whether something of a class may do what no table knows."""
        decorated = any(d is None or d.removeprefix("lib:") not in traits.KNOWN_DECORATORS for d in cls.decorators)
        free = all(
            b is not None and (b.startswith("cls:") or b.removeprefix("lib:") in traits.FREE_BASES) for b in cls.bases
        )
        return not cls.plain or decorated or not free

    def _member(self, root: Root, lineage: list[ClassInfo], args: list[set[Root]], node: ast.AST) -> set[Root]:
        """What an enumeration gives for a value: one of its members, or what its `_missing_` makes."""
        found = {root.inside}
        for cls in lineage:
            if "_missing_" in cls.methods:
                found |= self.call_function(cls.methods["_missing_"], [{root}, *args], {}, node)
        return found

    def _fill_field(self, cls: ClassInfo, factory: ast.expr) -> set[Root]:
        """The call of what makes a field's default. Only what its text names is followed: a function or class of the
        program, a lambda, something of a library; a bound method may keep something from one call to the next."""
        called: set[Root] = set()
        if isinstance(factory, ast.Lambda):
            called = {Root("func", cls.module.by_node[factory].key)}
        elif isinstance(factory, ast.Name) and factory.id in cls.methods | dict.fromkeys(cls.attributes):
            called = set()
        elif isinstance(factory, ast.Name) and resolve(self.program, cls.module, factory) is not None:
            called = self.load_global(cls.module, factory.id, factory)
        elif isinstance(factory, ast.Attribute) and isinstance(factory.value, ast.Name):
            meaning = resolve(self.program, cls.module, factory) or ""
            if meaning.startswith(("lib:", "fun:", "cls:")) and factory.value.id not in cls.attributes:
                owner = self.load_global(cls.module, factory.value.id, factory)
                called = self.attribute(owner, factory.attr, factory)
        if called and all(r.kind in ("func", "class", "lib") and not r.depth for r in called):
            return self.call_value(called, [], {}, factory)
        text = text_of(factory)
        return self.not_known(
            "MX505",
            factory,
            f"a field of `{cls.name}` is filled by `{text}`, which the analysis cannot follow",
            text,
            "name a class, or a function that changes nothing",
        )
