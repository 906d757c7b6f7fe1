"""The precision of decimals is a setting of the process, and rounding leaves a flag behind."""
import decimal
from decimal import Decimal


def series(n):
    total = Decimal(0)
    for k in range(1, 6000):
        total += Decimal(n) / k
    return total


print([series(n) for n in range(1, 40)][-1])
decimal.getcontext().prec = 8
print([series(n) for n in range(1, 40)][-2:])

results = []
for n in range(40):
    results.append(series(n))
    decimal.getcontext().prec = 5 + n % 10
print(results[-3:])

decimal.getcontext().clear_flags()
print([Decimal(n) * 2 for n in range(3)], decimal.getcontext().flags[decimal.Inexact])
print([series(n) for n in range(20)][-1], decimal.getcontext().flags[decimal.Inexact])


def with_own_precision(n):
    with decimal.localcontext() as context:
        context.prec = 10 + n
        return series(n)


print([with_own_precision(n) for n in range(30)][-1], decimal.getcontext().prec)
