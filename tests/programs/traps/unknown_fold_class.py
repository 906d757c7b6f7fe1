"""A function from a list changes a class attribute that the heavy part reads."""
class Cfg:
    rate = 2
def bump(): Cfg.rate += 1
table = [bump]
def work(i): return sum(range(i)) * Cfg.rate
for i in range(12):
    print(work(i))
    table[0]()
