"""Code made from text, names looked up by text, and a look at all globals afterwards."""

formulas = [f"sum((i * {k} + n) % {k + 5} for i in range(50_000))" for k in range(20)]
results = []
for n, formula in enumerate(formulas):
    results.append(eval(formula))
print(results)

for k in range(30):
    exec(f"value_{k % 3} = sum(i * {k} % 7 for i in range(60_000))")
print(value_0, value_1, value_2)


def area(n):
    return sum(globals()["scale"] * i % (n + 1) for i in range(50_000))


scale = 1
areas = []
for n in range(50):
    areas.append(area(n))
    globals()["scale"] = n % 5 + 1
print(areas[-6:])
print(sorted(name for name in globals() if not name.startswith("__")))
