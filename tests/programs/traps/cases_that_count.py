"""`match`: a class pattern asks the class, and that may count."""


def heavy(v):
    s = 0
    for k in range(3000):
        s = (s * 31 + k * v) % 1000003
    return s


class Noisy(type):
    seen = 0

    def __instancecheck__(cls, thing):
        Noisy.seen += 1
        return Noisy.seen % 3 == 0


class Third(metaclass=Noisy):
    pass


total = 0
for i in range(14):
    match i:
        case Third():
            total += heavy(i)
        case _:
            total -= heavy(i)
print("a class that counts", total, Noisy.seen)
