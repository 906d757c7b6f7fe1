"""Loops that end early, loops that do not and run their else, and names that outlive the loop."""


def is_prime(n):
    return n > 1 and all(n % d for d in range(2, n // 2))


for n in range(90_000, 90_100):
    if is_prime(n):
        print("first prime", n)
        break
else:
    print("no prime")

for n in range(24_000, 24_020):
    verdict = n % 7 == 0 and is_prime(n + 1) and n > 24_050
    if verdict:
        break
else:
    print("none", n, verdict)


def first_square(numbers):
    for n in numbers:
        divisors = [d for d in range(1, n + 1) if n % d == 0]
        if len(divisors) % 2:
            return n, divisors
    return None


print(first_square(range(40_002, 40_402)))
print(next(n for n in range(60_000, 70_000) if is_prime(n)), any(is_prime(n) for n in range(30_000, 30_100)))
