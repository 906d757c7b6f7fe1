"""A traceback proposes the first of the names that are nearest to an unknown one, in the order of the frame's variables:
that order is part of what a program prints."""


def heavy(n):
    return sum(k * k % 7 for k in range(n * 40)) % 1009


def stage(limit):
    for i26 in range(limit):
        i39 = heavy(i26)
        i30 = heavy(i26 + 1) + i39
        i34 = heavy(i30 % 9)
    print([heavy(i26) for _ in range(3)], i30, i34, i39)
    return i36


stage(40)
