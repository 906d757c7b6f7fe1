"""A float that is not a number is in a list only as the object that it is; zero has a sign."""
import math

NAN = float("nan")
values = [NAN, 1.0, -0.0, math.inf]


def contains(k):
    total = 0.0
    for i in range(70_000):
        total += (i * k) % 7
    return (NAN in values, values.index(NAN), values.count(NAN), math.nan in values, total)


def ratio(k):
    total = sum((i * k) % 5 for i in range(70_000))
    return NAN if total % 3 == 0 else -0.0 * total


print([contains(k) for k in range(40)][-3:])
ratios = [ratio(k) for k in range(60)]
print(ratios.count(NAN), NAN in ratios, ratios == ratios, ratios == list(ratios), max(ratios), min(ratios[1:]))
print({str(r) for r in ratios if math.copysign(1, r) < 0})
