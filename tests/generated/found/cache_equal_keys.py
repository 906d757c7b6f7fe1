from functools import lru_cache


@lru_cache(None)
def f(x):
    s = 0
    for q in range(3):
        s += q
    return x * 2 + s


print([f(x) for x in [1, 1.0, True, 2, 2.0, 3.0, 3, 0.0, -0.0]])
