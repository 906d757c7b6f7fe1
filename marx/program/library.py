"""Calls of library functions and of methods known by their names only, by the tables."""

from __future__ import annotations

import ast
import sys

from marx.program import tables, traits
from marx.program.arguments import callbacks
from marx.program.calls import Calls
from marx.program.effects import UNKNOWN, Cause, Root
from marx.program.inherited import called_by_inherited
from marx.program.known import is_logger, library_effect, method_effect, text_of
from marx.program.wording import NUMPY_ONE_EACH, ONE_EACH, READ_BEFORE

_GROWING = frozenset({"append", "extend", "add", "insert", "update", "setdefault", "appendleft"})
_FILE_WRITES = frozenset({"write", "writelines", "writerow", "writerows", "writeheader", "truncate"})
_ROWS = frozenset({"writerow", "writerows", "writeheader"})
_DRAWS = frozenset(
    "randint randrange choice choices sample uniform gauss normalvariate expovariate betavariate gammavariate"
    " lognormvariate vonmisesvariate paretovariate weibullvariate triangular randbytes shuffle binomialvariate".split()
)
"""Methods of generators that call the two that a class of the program may define anew."""
_FIXES: dict[str, str] = {
    "random": ONE_EACH,
    "numpy-random": NUMPY_ONE_EACH,
    "entropy": ONE_EACH,
    "environment": READ_BEFORE,
    "clock": "read the clock outside the loop",
    "stdin": "read it all before the loop",
    "ambient": "set it before the loop",
    "process": "do it outside the loop",
    "dynamic": "say it without code or names that are computed",
    "log": "return what is to be logged, and log it after the loop",
}
_UNREPLACED = "leave the library as it is, and call a function of your own"


class Library(Calls):
    """Calls out of the program."""

    def call_library(self, dotted: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST) -> set[Root]:
        line = getattr(node, "lineno", 0)
        self.touched.update(*args, *named.values())
        library = dotted.split(".")[0]
        if library in self.program.patched_libraries:
            return self.not_known("MX503", node, f"the program replaces parts of `{library}`", dotted, _UNREPLACED)
        self._note_heavy(dotted, node)
        special = self._special(dotted, args, named, node)
        if special is not None:
            return special
        head, _, method = dotted.rpartition(".")
        if head in ("str", "bytes", "int", "float", "list", "dict", "set", "tuple", "frozenset", "bytearray") and args:
            return self.call_method(args[0], method, args[1:], named, node)
        effect = library_effect(dotted)
        if effect is None and self.interpreter.speculate and library not in sys.stdlib_module_names:
            self.effects.guesses.add(library)
            effect = tables.Effect("alias")
        if effect is None:
            return self.not_known(
                "MX505", node, f"`{dotted}` is not in the effect table", dotted, "compute it outside the loop"
            )
        for flag in effect.flags:
            self.flag(flag, line, f"calls `{dotted}`", dotted, _FIXES.get(flag, ""))
        for position in effect.writes:
            if position < len(args):
                self.write(args[position], _changed_argument(dotted, position, node))
                self.store(args[position], set().union(*args, *named.values()))
        if dotted == "json.dump":
            self._write_to(set().union(*args[1:2], named.get("fp", set()), named.get("*", set())), node)
        if "out" in named:
            self.write(named["out"], _changed_argument(dotted, "out", node))
        return self._result(effect, args, named, node, dotted)

    def _result(
        self, effect: tables.Effect, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST, name: str
    ) -> set[Root]:
        """What a library function or (with a dot before its name) a method returns, once it has called what it may."""
        everything = set().union(*args, *named.values())
        self.data_model(self.interpreter.reading, (everything,), node)
        data = {r for r in everything if r.kind not in ("func", "lib", "method")}
        made = self.call_backs(callbacks(name, args, named), self.reachable(data), node, None)
        if effect.result == "atom" or not everything:
            return set() if effect.result == "atom" else self.site(node)
        parts = self.reachable(data) | made
        fresh = self.site(node, parts)
        return fresh if effect.result == "fresh" else fresh | data | self.inside(data) | made

    def _note_heavy(self, dotted: str, node: ast.AST) -> None:
        several = dotted in ("min", "max") and isinstance(node, ast.Call) and len(node.args) > 1
        if dotted not in traits.LIGHT_CALLS and not several:
            self.effects.heavy = True

    def _special(
        self, dotted: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root] | None:
        line = getattr(node, "lineno", 0)
        if dotted.startswith("os.environ"):
            self.flag("environment", line, "uses the environment", "os.environ", READ_BEFORE)
            return set()
        if dotted == "type" and len(args) == 1:
            return self._any_class() if args[0] else set()
        if dotted == "operator.attrgetter" and isinstance(node, ast.Call):
            self._attributes_by_name(node, line)
        if dotted == "collections.defaultdict" and args:
            self.call_backs(args[0], set(), node, None)
            made = Root("site", ("factory", id(node)))
            self.hold(made.key, ())
            return self.site(node, {made}.union(*args[1:], *named.values()))
        if dotted == "functools.partial" and args:
            self.partials[id(node)] = (args[0], args[1:], named)
            return self.site(node, set().union(*args, *named.values()))
        if dotted in ("random.Random", "numpy.random.default_rng"):
            if not args and not named:
                self.flag("entropy", line, f"`{dotted}()` without a seed", dotted, "give it a seed of the item's own")
            return self.site(node, () if dotted == "random.Random" else set().union(*args, *named.values()))
        if dotted in tables.OPENING:
            return self._open(node, line, 1)
        if dotted == "print" and isinstance(node, ast.Call):
            return self._print(args, named, node, line)
        if dotted == "getattr" and isinstance(node, ast.Call) and len(node.args) >= 2:
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                return self.attribute(args[0], name.value, node) | (args[2] if len(args) > 2 else set())
            self.flag("dynamic", line, "reads an attribute by a computed name", "getattr")
            return {UNKNOWN}
        return None

    def _print(self, args: list[set[Root]], named: dict[str, set[Root]], node: ast.Call, line: int) -> set[Root]:
        target = next((k.value for k in node.keywords if k.arg == "file"), None)
        if target is not None and text_of(target) not in ("sys.stdout", "sys.stderr"):
            self.write(named["file"], Cause("MX211", line, f"prints to `{text_of(target)}`", text_of(target)))
            self._write_to(named["file"], node)
        else:
            self.flag("out", line, "prints", "print")
        self.data_model(self.interpreter.reading, args, node)
        return set()

    def _write_to(self, target: set[Root], node: ast.AST) -> None:
        """What a library writes to may be an object of the program, which does so by methods of its own."""
        for name in ("write", "flush"):
            self.call_kept(target, name, [set()], {}, node)
            for method in self.program.methods.get(name, ()):
                self.call_function(method, [target, set()], {}, node)

    def _attributes_by_name(self, node: ast.Call, line: int) -> None:
        """The properties that `attrgetter("a.b")` may call on whatever it is given."""
        for argument in node.args:
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                self.flag("dynamic", line, "reads attributes by computed names", "attrgetter")
                continue
            for name in argument.value.split("."):
                self.attribute({UNKNOWN}, name, node)

    def _open(self, node: ast.AST, line: int, position: int) -> set[Root]:
        mode: ast.expr | None = None
        if isinstance(node, ast.Call):
            mode = node.args[position] if len(node.args) > position else None
            mode = next((k.value for k in node.keywords if k.arg == "mode"), mode)
        reading = mode is None or (
            isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+")
        )
        if reading:
            self.flag("file-read", line, "reads a file", "open")
        else:
            self.flag(
                "file-write", line, "opens a file for writing", "open", "return the text and write it after the loop"
            )
        return self.site(node)

    def call_method(
        self, receiver: set[Root], attr: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """A method by its name alone: what any value type or class of the program does under it."""
        line = getattr(node, "lineno", 0)
        own = self.program.methods.get(attr, ())
        known = method_effect(attr, node)
        found = self.call_kept(receiver, attr, args, named, node)
        for info in own:
            static = "lib:staticmethod" in info.decorators
            first = self._heirs_of(info) if "lib:classmethod" in info.decorators else receiver
            found |= self.call_function(info, list(args) if static else [first, *args], named, node)
        logs = library_effect(f"logging.{attr}")  # a logger's method does what the function of its name does
        if logs is not None and "log" in logs.flags and not own and receiver and all(map(self._is_logger, receiver)):
            return found | self.call_library(f"logging.{attr}", args, named, node)
        if own and receiver and known is not None:
            is_variable = isinstance(getattr(getattr(node, "func", None), "value", None), ast.Name)
            receiver = {root for root in receiver if not self._is_own_method(root, attr, is_variable)}
            if not receiver:
                return found
        if known is not None or not own:
            self.touched.update(receiver, *args, *named.values())
        if attr == "open":
            return found | self._open(node, line, 0)
        self.effects.heavy |= attr in traits.HEAVY_METHODS
        if known is not None:
            return self._call_known(known, found, receiver, attr, args, named, node)
        if own:
            return found
        text = f"method `.{attr}()` is not in the effect table"
        return found | self.not_known("MX505", node, text, attr, "compute it outside the loop")

    def _call_known(
        self,
        known: tables.Effect,
        found: set[Root],
        receiver: set[Root],
        attr: str,
        args: list[set[Root]],
        named: dict[str, set[Root]],
        node: ast.AST,
    ) -> set[Root]:
        """What the table says of a method of this name; `found` is what methods of the program may have returned."""
        line = getattr(node, "lineno", 0)
        for flag in known.flags:
            self.flag(flag, line, f"calls `.{attr}()`", attr)
        if attr in _ROWS:
            self._write_to(self.reachable(receiver), node)
        if attr in _DRAWS:
            for method in [*self.program.methods.get("random", ()), *self.program.methods.get("getrandbits", ())]:
                self.call_function(method, [receiver, set()], {}, node)
        found |= self._call_own_items(receiver, attr, args, named, node)
        if attr in _FILE_WRITES:
            self.flag("file-touch", line, f"calls `.{attr}()`", attr)
        if known.writes:
            self._change_receiver(receiver, attr, args, named, node)
        if attr in ("choice", "choices", "sample") and args:
            return found | self.inside(args[0]) | self.site(node, self.inside(args[0]))
        if attr == "get":
            return found | self.inside(receiver).union(*args[1:], *named.values())
        if "out" in named:
            self.write(named["out"], _changed_argument(f".{attr}", "out", node))
        return found | self._result(known, [receiver, *args], named, node, f".{attr}")

    def _is_logger(self, root: Root) -> bool:
        if root.kind != "global" or root.depth or not isinstance(root.key, tuple):
            return False
        module, name = root.key
        return module in self.program.modules and is_logger(self.program.modules[module], name)

    def _call_own_items(
        self, receiver: set[Root], attr: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> set[Root]:
        """What a method that is inherited from a library calls of the program's own, and what comes back by it."""
        found: set[Root] = set()
        everything = receiver.union(*args, *named.values())
        heavy = self.effects.heavy
        for method in called_by_inherited(self.program, attr):
            if receiver and method is not self.function:
                found |= self.call_function(method, [set(everything) for _ in method.parameters], {}, node)
        self.effects.heavy = heavy
        return found

    def _change_receiver(
        self, receiver: set[Root], attr: str, args: list[set[Root]], named: dict[str, set[Root]], node: ast.AST
    ) -> None:
        line = getattr(node, "lineno", 0)
        where = attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            where = text_of(node.func.value)
        code = "MX102" if attr in _GROWING else "MX105"
        self.write(receiver, Cause(code, line, f"`{where}.{attr}()` changes `{where}`", where))
        self.store(receiver, set().union(*args, *named.values(), *(self.inside(a) for a in args)))
        if attr == "shuffle":
            for given in args:
                self.write(given, _changed_argument(f".{attr}", 0, node))


def _changed_argument(called: str, place: int | str, node: ast.AST) -> Cause:
    """A library function changes the argument at a place, or by a name."""
    given = [*node.args, *(k.value for k in node.keywords if k.arg == place)] if isinstance(node, ast.Call) else []
    argument = given[place : place + 1] if isinstance(place, int) else given[-1:]
    name = text_of(argument[0]) if argument else ""
    line = getattr(node, "lineno", 0)
    if called == "next":
        text = f"takes the next of `{name}`, which all iterations share"
        return Cause("MX302", line, text, name, "take all that is needed before the loop: one for each item, in a list")
    return Cause("MX201", line, f"`{called}` changes " + (f"`{name}`" if name else "its argument"), name)
