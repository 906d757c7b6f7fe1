"""What runs inside a jail: the driver (the program's sequential rest) and the chunk runner.

This package is loaded by the sandbox's runner, beside a stranger's program and without any right of its own. It may
import `marx.program` (the analysis) and the standard library; the trusted side only ever reads `messages` from here.
"""
