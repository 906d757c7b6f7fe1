"""Loops in functions of a module: the script changes what they read between two calls, and replaces what they call."""
import lib_loops
from lib_loops import Sim, closures, total

print(total(9), lib_loops.BUILT, lib_loops.EARLY)
lib_loops.SCALE = 5
print(total(9), closures(8), lib_loops.build(9))
print(lib_loops.counting(9), lib_loops.HITS)
print(lib_loops.logging(8), len(lib_loops.LOG))
print(lib_loops.caching(9))
print(lib_loops.by_kind("double", 9))
print(lib_loops.handed(lambda x: x * lib_loops.SCALE, [1, 2, 3, 4]), lib_loops.handed(len, ["a", "bb", "ccc"]))
lib_loops.stepping(12)
for v in lib_loops.yielding(6):
    lib_loops.SCALE += 1
    print(v)
print(lib_loops.scaling(8), lib_loops.SCALE)
sim, seen = Sim(3), lib_loops.LOG
print(sim.all(8), Sim(2, seen).all(5), len(lib_loops.LOG), sim.drifting(8), lib_loops.sims(6))
print(lib_loops.ordered([5, 3, 9, 1, 7, 2]))
Sim.cost = lambda self, i: i + self.k
print(Sim(4).all(6), lib_loops.sims(4))
before = lib_loops.heavy
lib_loops.heavy = lambda n: n + 1000
print(total(5), lib_loops.build(5), closures(4))
lib_loops.heavy = before
lib_loops.sum = lambda values: 7
print(total(5), closures(4))
del lib_loops.sum
try:
    lib_loops.failing(9)
except ZeroDivisionError as fault:
    at = fault.__traceback__.tb_next
    print(fault, at.tb_frame.f_code.co_name, at.tb_lineno, at.tb_frame.f_code.co_filename.endswith("lib_loops.py"))
lib_loops.failing(9)
