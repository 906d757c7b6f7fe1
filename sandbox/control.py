"""What the host says on a jail's control line, as frames, and how it reads which layers a jail lacks.

Inside, `construction.py` reads the spec and `zygote.py` the load. What is read of a jail here is hostile: texts for
people, of which nothing is looked up or run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox import frames
from sandbox.spec import JailSpec, LayerState, Load


def spec_frame(spec: JailSpec, group: str) -> bytes:
    """The first frame of all: what to build. `group` is the jail's control group."""
    return frames.pack(frames.SPEC, *_spec_fields(spec), b"group", group.encode())


def load_frames(load: Load, in_store: Mapping[str, str]) -> Iterator[bytes]:
    """What puts a program in place and starts it. `in_store`: paths whose content the jail finds in the store."""
    wishes = [b"1" if wish else b"0" for wish in (load.collect, load.quiet)]
    cpus = ",".join(map(str, load.cpus)).encode()
    yield frames.pack(frames.FOLDER, os.fsencode(load.folder), *wishes, cpus)
    for file in load.files:
        name = [os.fsencode(file.path), str(file.mode).encode(), str(file.mtime_ns).encode()]
        if file.path in in_store:
            yield frames.pack(frames.FILE, *name, os.fsencode(in_store[file.path]))
            continue
        yield frames.pack(frames.FILE, *name)
        yield from _parts(file.content)
    if load.stdin is not None:
        yield frames.pack(frames.FILE, b"", b"256", b"0")
        yield from _parts(load.stdin)
    yield frames.pack(frames.RUN, *(os.fsencode(text) for pair in load.environment.items() for text in pair))


def layer_states(fields: list[bytes]) -> tuple[LayerState, ...]:
    """The layers that a jail says it does without, three fields each."""
    texts = [field.decode(errors="replace") for field in fields]
    rows = zip(texts[::3], texts[1::3], texts[2::3], strict=True)
    return tuple(LayerState(name, raised=False, why=why, fix=fix) for name, why, fix in rows)


def _spec_fields(spec: JailSpec) -> Iterator[bytes]:
    limits = spec.limits
    rows = [("entry", spec.entry), ("nice", str(int(spec.nice))), ("bubblewrap", str(int(spec.bubblewrap)))]
    rows += [("read_only", os.path.abspath(path)) for path in spec.read_only]
    rows += [("path", os.path.abspath(path)) for path in spec.path]
    rows += [("preload", name) for name in spec.preload]
    rows += [("store", os.path.abspath(spec.store))] if spec.store else []
    rows += [("waive", name) for name in sorted(spec.waive)]
    rows += [
        (name, str(getattr(limits, name)))
        for name in ("memory_bytes", "work_bytes", "work_files", "cpu_s", "message_bytes")
    ]
    for name, value in rows:
        yield name.encode()
        yield os.fsencode(value)


def _parts(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        for at in range(0, len(content), frames.PART_BYTES):
            yield frames.pack(frames.PART, content[at : at + frames.PART_BYTES])
        return
    with open(content, "rb", buffering=0) as file:
        while data := file.read(frames.PART_BYTES):
            yield frames.pack(frames.PART, data)
