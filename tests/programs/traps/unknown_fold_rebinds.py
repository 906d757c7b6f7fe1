"""A function from a dict binds a global anew that the heavy part reads."""
K = 1
def bump():
    global K
    K += 1
table = {"b": bump}
def work(i):
    return sum(range(i)) * K
for i in range(12):
    print(work(i))
    table["b"]()
