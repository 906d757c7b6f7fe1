"""`marx explain`: the plan of a program, without running it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from marx.cli.hindsight import Place
    from marx.cli.verdicts import Other
    from marx.program import Plan


@click.command(
    name="explain",
    epilog="Example: marx explain -v census.py",
)
@click.argument("program")
@click.option("-v", "--verbose", is_flag=True, help="All reasons, not only the first of each region.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--report", type=click.Path(path_type=Path, exists=True), help="What `run --report` wrote.")
def command(program: str, verbose: bool, as_json: bool, report: Path | None) -> None:
    """Shows line by line what of PROGRAM would run in chunks, why the rest would not, and the smallest edit that
    would help. After `marx run PROGRAM` also what became of it there.
    """
    from marx.cli.hindsight import as_it_ran
    from marx.cli.lastrun import last_run, run_lines
    from marx.cli.verdicts import explain_json, explain_lines, policy_lines
    from sandbox.policy import check

    source, plan, others = plan_of(program)
    if as_json:
        import json

        click.echo(json.dumps(explain_json(program, plan, check(source, program), others), indent=2))
        return
    run = last_run(Path(program), Path(program).read_bytes(), report)
    if report is not None and run is None:
        raise click.BadParameter(f"{report} is not the report of a run of this text", param_hint="--report")
    told: list[tuple[Place, str]] = []
    if run is not None:
        plan, said = as_it_ran(plan, run, {name: other.file for name, other in others.items()})
        told += run_lines(run, said)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in explain_lines(program, source, plan, verbose=verbose, told=told, width=width, others=others):
        click.echo(line)
    if verbose:
        for line in policy_lines(program, check(source, program)):
            click.echo(line)


def plan_of(program: str) -> tuple[str, Plan, dict[str, Other]]:
    """The source, completed where it merely defines a reduction; its plan, and its modules. Raises `SourceError`."""
    from marx.program import check_source, read_source
    from marx.program.analysis import plan_trees
    from marx.program.limits import check_compiles
    from marx.program.reduction import addition

    source = read_source(program)
    tree = check_source(source, program)
    check_compiles(tree, program)
    added = addition(tree)
    if added:
        source += "\n" + added
        tree = check_source(source, program)
    others = local_modules(program, tree)
    packages = {name for name, other in others.items() if os.path.basename(other.file) == "__init__.py"}
    trees = {"__main__": tree} | {name: other.tree for name, other in others.items()}
    return source, plan_trees(trees, program, packages=packages), others


def local_modules(program: str, tree: ast.Module) -> dict[str, Other]:
    """The program's own modules by name, which the analysis looks into: those that it imports, and they in turn. One
    that is no Python is left out."""
    from marx.cli.verdicts import Other
    from marx.program import SourceError, check_source, read_source
    from marx.tasker.discover import discover, modules_of
    from marx.tasker.mentions import imports

    script = Path(os.path.abspath(program))
    found = discover(script, tree, script.parent, arguments=(), data=(), everything=False)
    there = modules_of(found, script)
    modules: dict[str, Other] = {}
    pending = _with_parents(imports(tree, "")) & there.keys()
    while pending:
        name = pending.pop()
        path = there.pop(name)
        with contextlib.suppress(SourceError):
            text = read_source(path)
            modules[name] = Other(os.path.relpath(path, script.parent), text, check_source(text, str(path)))
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            pending |= _with_parents(imports(modules[name].tree, package))
        pending &= there.keys()
    return {name: modules[name] for name in sorted(modules)}


def _with_parents(names: Iterable[str]) -> set[str]:
    """Who imports `a.b` imports `a`, too."""
    return {".".join(parts[: n + 1]) for name in names for parts in [name.split(".")] for n in range(len(parts))}
