"""The one list of all layers, in the order in which they are raised, and what happens when one cannot be.

    LAUNCH   the launcher, before the zygote exists; that it raised without an error is the proof
    LOAD     the zygote, once files are in place and before the first process that runs a stranger's code
    RUN      the runner, last of all; asked by `probe` while the jail boots, so that the host hears of it in time

A missing layer is an error unless its name, or that of the layer it needs, is waived, or it is optional: then another
layer keeps the same promise, and its absence is told, but refuses nobody.
"""

from collections.abc import Callable, Iterable, Iterator

from sandbox import capabilities, cgroup, identity, landlock, mounts, namespaces, priority, rlimits, seccomp
from sandbox.construction import Construction

LAUNCH, LOAD, RUN = "launch", "load", "run"


class Layer:
    """A row of the list. `needs` names the layer without which this one cannot be."""

    __slots__ = ("fix", "name", "needs", "optional", "probe", "raise_", "stage")

    def __init__(
        self,
        name: str,
        stage: str,
        raise_: Callable[[Construction], None],
        fix: str,
        *,
        probe: Callable[[], str] | None = None,
        needs: str = "",
        optional: bool = False,
    ) -> None:
        self.name = name
        self.stage = stage
        self.raise_ = raise_
        self.fix = fix
        self.probe = probe
        self.needs = needs
        self.optional = optional


LAYERS = (
    Layer("cgroup", LAUNCH, cgroup.raise_, cgroup.FIX, optional=True),
    Layer("namespaces", LAUNCH, namespaces.raise_, namespaces.FIX),
    Layer("mounts", LAUNCH, mounts.raise_, mounts.FIX, needs="namespaces"),
    Layer("priority", LAUNCH, priority.raise_, priority.FIX),
    Layer("identity", LAUNCH, identity.raise_, identity.FIX),
    Layer("capabilities", LOAD, capabilities.raise_, capabilities.FIX),
    Layer("rlimits", RUN, rlimits.raise_, rlimits.FIX),
    Layer("landlock", RUN, landlock.raise_, landlock.FIX, probe=landlock.probe),
    Layer("seccomp", RUN, seccomp.raise_, seccomp.FIX, probe=seccomp.probe),
)


def raise_launch(construction: Construction) -> None:
    """Raises what the launcher raises, and asks whether the rest can be."""
    for layer in LAYERS:
        if layer.name in construction.raised:
            continue  # by the launcher that put another wall around this one
        if layer.needs and layer.needs not in construction.raised:
            _miss(construction, layer, f'needs "{layer.needs}"')
        elif layer.stage == LAUNCH:
            _try(construction, layer)
        elif layer.probe and (why := layer.probe()):
            _miss(construction, layer, why)


def raise_stage(construction: Construction, stage: str) -> None:
    """Raises the layers of a later stage that were not found missing. An OSError here ends the jail."""
    for layer in LAYERS:
        if layer.stage == stage and all(layer.name != name for name, _, _ in construction.missing):
            layer.raise_(construction)
            construction.raised.add(layer.name)


def refusals(construction: Construction) -> Iterator[tuple[str, str, str]]:
    """Missing layers that the owner did not waive: name, why, fix."""
    needs = {layer.name: layer.needs for layer in LAYERS if not layer.optional}
    for name, why, fix in construction.missing:
        if name in needs and not {name, needs[name]} & construction.waive:
            yield name, why, fix


def as_fields(rows: Iterable[tuple[str, str, str]]) -> list[bytes]:
    """Missing layers for a control frame, three fields each; the host reads them by `control.layer_states`."""
    return [text.encode(errors="replace") for row in rows for text in row]


def _try(construction: Construction, layer: Layer) -> None:
    try:
        layer.raise_(construction)
    except OSError as refusal:
        _miss(construction, layer, str(refusal))
    else:
        construction.raised.add(layer.name)


def _miss(construction: Construction, layer: Layer, why: str) -> None:
    construction.missing.append((layer.name, why, layer.fix))
