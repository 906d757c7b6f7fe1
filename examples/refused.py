"""A ledger in which each entry carries the hash of the one before it.

No entry can be sealed before its predecessor is, so there is nothing here that could run apart: Marx leaves the loop as it is,
and `marx explain refused.py` names the variable that is the reason.
"""
import hashlib

DIFFICULTY = "000"


def seal(previous, text):
    """The first number that makes the entry's hash begin with enough zeros, and that hash."""
    number = 0
    while True:
        digest = hashlib.sha256(f"{previous} {text} {number}".encode()).hexdigest()
        if digest.startswith(DIFFICULTY):
            return number, digest
        number += 1


previous = "0" * 64
for entry in range(1000):
    number, previous = seal(previous, f"payment {entry}")
    if entry % 100 == 0:
        print(f"{entry:4d} {number:6d} {previous}")
print("last", previous)
