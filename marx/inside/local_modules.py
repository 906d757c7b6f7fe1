"""The modules beside a script that it imports: their paths, texts and names. It reads files, and runs nothing."""

from __future__ import annotations

import ast
import importlib.util
import os

from marx.program.nodes import walk
from marx.program.walk import absolute


def local_sources(script: str) -> dict[str, str]:
    """Path and text of the modules beside the script that it imports, followed one after the other.

    Raises OSError, SyntaxError or UnicodeDecodeError for the script and for each of these.
    """
    folder = os.path.dirname(script)
    found: dict[str, str] = {}
    todo = [(text_of(script), "")]
    while todo:
        for name in _imported(*todo.pop()):
            for path in (f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__init__.py"):
                full = os.path.join(folder, path)
                if full not in found and os.path.isfile(full):
                    found[full] = text_of(full)
                    inner = os.path.relpath(os.path.dirname(full), folder)
                    todo.append((found[full], "" if inner == "." else inner.replace("/", ".")))
    return found


def module_name(script: str, path: str) -> str:
    """The name under which a script imports a module that lies beside it."""
    inner = os.path.relpath(path, os.path.dirname(script)).removesuffix(".py").removesuffix("/__init__")
    return inner.replace("/", ".")


def text_of(path: str) -> str:
    """A source file's text, decoded as Python decodes it."""
    with open(path, "rb") as file:
        return importlib.util.decode_source(file.read())


def _imported(text: str, package: str) -> set[str]:
    """What a text that stands in a package imports, with the packages around it: they run first."""
    names: set[str] = set()
    for node in walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (source := absolute(node, package)):
            names.add(source)
            names.update(f"{source}.{alias.name}" for alias in node.names)
    return names | {name[:at] for name in names for at, letter in enumerate(name) if letter == "."}
