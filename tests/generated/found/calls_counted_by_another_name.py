"""A profiler that counts the program's own calls, set by other names."""
import sys as system
def heavy(x):
    return sum(range(x * 400 % 3000))
calls = 0
def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
def work(i): return heavy(i)
switch = getattr(system, "setprofile")
found = []
switch(count)
for i in range(8):
    v = work(i)
    found.append(v)
system.setprofile(None)
print(found, calls)
