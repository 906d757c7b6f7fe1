"""A class method, called on the class and on an instance, changes what the heavy part reads."""
class Cfg:
    rate = 2
    @classmethod
    def bump(cls): cls.rate += 1
    def work(self, i): return sum(range(i)) * self.rate
c = Cfg()
for i in range(12):
    print(c.work(i))
    Cfg.bump()
for i in range(12):
    print(Cfg().work(i))
    c.bump()
