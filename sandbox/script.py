"""An entry that runs a plain Python file as `python file args` would. For `python -m sandbox`, and an example of an
entry."""

import os
import sys
from types import ModuleType

from sandbox.channel import Channel
from sandbox.frames import unpack


def main(channel: Channel) -> int:
    """Takes one frame, the path of the file and the arguments, and runs it as `__main__`."""
    body = channel.receive()
    if body is None:
        return 0
    channel.close()
    kind, fields = unpack(body)
    path, *arguments = (os.fsdecode(field) for field in (kind, *fields))
    sys.argv[:] = [path, *arguments]
    sys.path.insert(0, os.path.dirname(path))
    return _run(path)


def _run(path: str) -> int:
    module = ModuleType("__main__")
    module.__dict__.update(__file__=path, __cached__=None, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    with open(path, "rb") as file:
        source = file.read()
    try:
        exec(compile(source, path, "exec"), module.__dict__)
    except (SystemExit, MemoryError):
        raise
    except BaseException as fault:
        # Without this file's frames, and by the hook that the program may have set.
        trace = fault.__traceback__.tb_next if fault.__traceback__ is not None else None
        sys.excepthook(type(fault), fault.with_traceback(trace), trace)
        return 1
    return 0
