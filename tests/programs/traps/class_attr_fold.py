"""The loop changes a class attribute that the heavy part reads."""
class Cfg:
    rate = 2
def work(i): return sum(range(i)) * Cfg.rate
for i in range(12):
    print(work(i))
    Cfg.rate += 1
