"""A library that no table knows."""

FACTOR = 1
CALLS: list[int] = []


def weigh(number: int) -> int:
    return sum(range(number * FACTOR + 3))


def count(number: int) -> int:
    CALLS.append(number)
    return len(CALLS)
