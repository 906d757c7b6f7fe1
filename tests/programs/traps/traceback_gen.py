"""Tracebacks of what iterables raise, printed by the program and by the interpreter."""
import traceback
def f(x): return sum(range(x))
def g():
    yield 1
    yield 2
    raise ValueError("boom")
try:
    for x in g():
        print(f(x))
except ValueError:
    traceback.print_exc()
try:
    print([f(x) for x in g()])
except ValueError as e:
    print(len(traceback.extract_tb(e.__traceback__)))
try:
    print([f(x) for x in 5])
except TypeError as e:
    traceback.print_exc()
try:
    for x in None: print(f(x))
except TypeError as e:
    traceback.print_exc()
for x in g():
    print(f(x))
