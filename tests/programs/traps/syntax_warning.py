"""A warning of the compiler is shown once."""
def f(x): return sum(range(x))
x = 3
if x is 3: pass
print("\d", [f(k) for k in range(12)])
