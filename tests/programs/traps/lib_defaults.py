"""Part of class_statements: a module whose names change after its class statement."""

N = 5


class Scaler:
    def scaled(self, v, n=N):
        return sum(v * k % 13 for k in range(300)) * n

    def kept(self, v, held=[]):
        return sum(v * k % 13 for k in range(300)), held


N = 1000


def scaled(v):
    return Scaler().scaled(v)
