"""The program reads its own docstring."""
def f(x): return len(__doc__) + sum(range(x)), __name__, f.__name__
print([f(k) for k in range(8)])
