"""Each new object takes the next number from its class; a registry in the metaclass grows."""


class Registry(type):
    made = []

    def __call__(cls, *args):
        made = super().__call__(*args)
        Registry.made.append(cls.__name__)
        return made


class Sample(metaclass=Registry):
    count = 0

    def __init__(self, n):
        Sample.count += 1
        self.number = Sample.count
        self.value = sum(i * n % 23 for i in range(100_000))


samples = [Sample(n) for n in range(70)]
print([(s.number, s.value) for s in samples[::10]])
print(Sample.count, len(Registry.made))
