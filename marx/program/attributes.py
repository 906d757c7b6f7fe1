"""What reading an attribute may give, and run: properties, class attributes, modules, methods."""

from __future__ import annotations

import ast

from marx.program import tables
from marx.program.effects import UNKNOWN, Root, in_order
from marx.program.frame import Names
from marx.program.known import text_of
from marx.program.wording import READ_BEFORE


class Attributes(Names):
    """Attribute reads."""

    def attribute(self, base: set[Root], attr: str, node: ast.AST) -> set[Root]:
        found: set[Root] = set()
        for root in in_order(base):
            if root.kind == "lib":
                found |= self._library_attribute(str(root.key), attr, node)
            elif root.kind == "class" and root.depth == 0:
                found |= self._class_attribute(root, attr)
            elif root.kind in ("func", "method"):
                if attr not in ("__name__", "__qualname__", "__doc__", "__module__"):
                    whole = text_of(node)
                    text = f"uses `{whole}`, an attribute of a function, which keeps state between calls"
                    self.not_known("MX204", node, text, whole, "a variable of the loop, or a parameter")
            else:
                found |= self._plain_attribute(root, attr)
        if (
            attr.startswith("__")
            and attr.endswith("__")
            and attr not in ("__name__", "__class__", "__doc__", "__version__", *tables.METHODS)
        ):
            self.flag("dynamic", getattr(node, "lineno", 0), f"reads `{attr}`", attr)
        if attr == "default_factory":
            self.flag("dynamic", getattr(node, "lineno", 0), f"reads `{attr}`", attr)
        if not all(r.kind == "lib" for r in base):
            for getter in self.program.properties.get(attr, ()):
                found |= self.call_function(getter, [base], {}, node)
            if attr in self.program.hidden_properties:
                made = text_of(self.program.hidden_properties[attr])
                self.not_known("MX505", node, f"`.{attr}` may be a property of what `{made}` names", attr)
            self._read_classes(attr)
            held = {Root("class", (c.module.name, c.name), 1) for c in self.program.class_attributes.get(attr, ())}
            found |= held
            self.data_model(("__getattr__", "__getattribute__"), (base,), node)
            self.data_model(("__get__",), (base | held,), node)
        return found

    def _plain_attribute(self, root: Root, attr: str) -> set[Root]:
        """What `.attr` of an object may be: a part of it, or a method."""
        if attr == "__class__":
            return self._any_class()
        own = attr in self.program.methods
        if not own and attr not in tables.METHODS:
            return self._under(root, attr)
        method = {UNKNOWN if root.kind == "unknown" else Root("method", (attr, frozenset((root,))))}
        if attr not in self.program.attribute_names:
            return method
        return self._under(root, attr) | (method if own else set())

    def _under(self, root: Root, attr: str) -> set[Root]:
        found = self.inside((root,)) if root.kind in ("site", "func", "method") else {root.under(attr)}
        self.touched |= found
        return found

    def _any_class(self) -> set[Root]:
        return {Root("class", (m.name, name)) for m in self.program.modules.values() for name in m.classes}

    def _read_classes(self, attr: str) -> None:
        """Notes that an attribute may be read from a class: its own, or inherited."""
        holders = [*self.program.class_attributes.get(attr, ()), *self.program.constant_attributes.get(attr, ())]
        for info in holders:
            self.effects.reads.update(Root("class", (c.module.name, c.name), 1) for c in self.program.heirs(info))

    def _library_attribute(self, dotted: str, attr: str, node: ast.AST) -> set[Root]:
        if dotted.startswith("mod:"):
            return self.load_global(self.program.modules[dotted[4:]], attr, node)
        if dotted in ("os",) and attr == "environ":
            self.flag("environment", getattr(node, "lineno", 0), "reads the environment", "os.environ", READ_BEFORE)
        return {Root("lib", f"{dotted}.{attr}")}

    def _class_attribute(self, root: Root, attr: str) -> set[Root]:
        cls = self._class(root)
        self.effects.reads.add(root.inside)
        self._read_classes(attr)
        if cls is not None and (cls.module.name, cls.name, attr) in self.program.members:
            return set()
        while cls is not None:
            if attr in cls.methods:
                return {Root("func", cls.methods[attr].key)}
            cls = next((c for c in map(self.program.class_of, cls.bases) if c is not None), None)
        return {root.inside}
