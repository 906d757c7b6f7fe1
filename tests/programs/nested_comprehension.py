"""A comprehension with two loops and a condition, and a set made of its results."""


def collatz_record(low, high):
    best = (0, 0)
    for start in range(low, high):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        best = max(best, (steps, start))
    return best


records = [collatz_record(a * 100 + b * 10 + 1, a * 100 + b * 10 + 1421) for a in range(16) for b in range(5) if (a + b) % 3]
print(len(records), max(records))
print(sorted({steps for steps, start in records}))
