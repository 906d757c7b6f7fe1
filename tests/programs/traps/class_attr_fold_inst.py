"""The loop changes a class attribute that the heavy part reads through an instance."""
class Cfg:
    rate = 2
    def work(self, i): return sum(range(i)) * self.rate
c = Cfg()
for i in range(12):
    r = c.work(i)
    print(r)
    Cfg.rate += 1
