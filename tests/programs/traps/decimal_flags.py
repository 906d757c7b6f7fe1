"""Inexact divisions set flags of the decimal context, which are printed."""
from decimal import Decimal, getcontext
def work(i):
    return Decimal(i) / (7 if i > 10 else 1)
print([work(i) for i in range(20)])
print([k.__name__ for k, v in getcontext().flags.items() if v])
