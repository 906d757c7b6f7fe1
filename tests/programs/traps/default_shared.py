"""Two functions have the same list as a default value; one reads it, the other changes it."""
SHARED = [1]
def f(x, seen=SHARED): return sum(range(x)) + len(seen)
def note(x, seen=SHARED): seen.append(x)
for i in range(12):
    print(f(i))
    note(i)
