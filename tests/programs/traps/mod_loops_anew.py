"""A module with loops is loaded again, replaced, and written anew while the program runs; old functions go on."""
import importlib
import inspect
import sys
import lib_loops

old_total, old_build = lib_loops.total, lib_loops.build
lib_loops.SCALE = 2
print(old_total(8))
importlib.reload(lib_loops)
print(lib_loops.SCALE, old_total(8), lib_loops.total(8), lib_loops.build(8), old_build(8))
del sys.modules["lib_loops"]
print(old_total(8), old_build(8))
import lib_loops as second

second.SCALE = 11
print(old_total(8), second.total(8), second is lib_loops, old_build is second.build)
print(inspect.getsource(second.total), second.total.__code__.co_firstlineno, second.__spec__.origin == second.__file__)
print(type(second.__loader__).__name__, sorted(vars(second.__loader__)), second.__loader__.get_code("lib_loops").co_name)
sys.modules["lib_loops"] = None
print(old_total(6), second.total(6))
with open("lib_written.py", "w") as file:
    file.write("def run(n):\n    return [pow(i, 3) for i in range(n)]\n")
import lib_written

print(lib_written.run(6))
