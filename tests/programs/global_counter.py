"""The function counts its calls in a global, and its results contain the count."""
calls = 0
seen = []


def rate(n):
    global calls
    calls += 1
    total = 0
    for k in range(60_000):
        total = (total * 31 + n ^ k) % 99_991
    if total % 3 == 0:
        seen.append(n)
    return total * 1000 + calls


print([rate(n) for n in range(80)])
print(calls, seen)
