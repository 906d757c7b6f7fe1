"""Recursion comes close to the limit, at different depths of the caller."""
import sys
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
def f(k):
    try: return depth(k * 100)
    except RecursionError: return -1
print([f(k) for k in range(20)])
sys.setrecursionlimit(500)
def g(k): return depth(k)
try:
    print([g(k) for k in range(430, 600, 2)][:2])
except RecursionError as e: print("rec", e)
def inner(n):
    if n: return inner(n - 1)
    return [g(k) for k in range(0, 400, 50)]
try: print(inner(90))
except RecursionError as e: print("rec2", e)
