"""Start of a jail: the script that the host runs in a fresh interpreter. Three processes grow from it.

    launcher   raises the first layers, then only watches: the host's end of the life line, and the zygote
    zygote     first process of the jail; loads the program's files, forks the runner, reports what became of it
    runner     raises the last layers and calls the entry; the only one that a stranger's code ever runs in

The launcher and the zygote end inside `boot`; only the runner comes back from it and leaves as any interpreter does,
through its own finalisation. The interpreter is started without options, so that the program sees what it always sees.
"""

import sys

del sys.path[0]  # this folder: its modules must not hide anybody's

import os  # noqa: E402

_PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.append(_PACKAGE_FOLDER)
from sandbox.launcher import boot  # noqa: E402

sys.path.pop()

if __name__ == "__main__":
    run = boot(list(map(int, sys.argv[1:5])), *sys.argv[5:])
    sys.exit(run())
