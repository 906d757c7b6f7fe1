print("noisy import")
VALUE = 3
def f(x): return sum(range(x)) * VALUE
