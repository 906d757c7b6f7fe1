"""Keys of sorted, min, max and sort, with effects, with errors, and on iterators."""
import heapq
def f(x): return sum(range(x % 13))
N = 0
def count(x):
    global N
    N += 1
    return f(x) + N
xs = list(range(30))
print(sorted(xs, key=f)[:5], min(xs, key=f), max(xs, key=lambda v: -f(v)), N)
print(sorted(xs, key=count)[:5], N)
xs.sort(key=f, reverse=True)
print(xs[:6])
def look(v): return f(v) + len(xs)
xs.sort(key=look)
print(xs[:6])
print(heapq.nlargest(3, xs, key=f), heapq.nsmallest(3, xs, key=f))
try: print(sorted(xs, key=lambda v: 1 // (f(v) - 10)))
except ZeroDivisionError as e: print(e)
print(sorted(["b", "A", "c"], key=str.lower), N)
it = iter(xs)
print(sorted(it, key=f)[:3], next(it, "end"))
print(max((f(v) for v in xs), default=0), min([], key=f, default="d"))
