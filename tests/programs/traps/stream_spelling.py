"""What is printed is spelled as the program has it, and what cannot be is refused where it is printed."""

import sys


def work(v):
    return sum(v * k % 13 for k in range(300))


def told(v):
    print("\u00e9", v)
    try:
        print("\u20ac", v)
    except UnicodeEncodeError as fault:
        return work(v), fault.object, sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors
    return work(v), "printed"


print([told(v) for v in range(12)])
sys.stdout.reconfigure(encoding="latin-1")
print([told(v) for v in range(12)])
sys.stdout.reconfigure(encoding="ascii", errors="backslashreplace")
print([told(v) for v in range(12)])
