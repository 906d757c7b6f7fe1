"""A profiler that counts the program's own calls."""
import sys
def heavy(x):
    return sum(range(x * 400 % 3000))
calls = 0
def count(frame, event, argument):
    global calls
    calls += event == "call"
def work(i): return heavy(i)
sys.setprofile(count)
found = [work(i) for i in range(8)]
sys.setprofile(None)
print(found, calls)
