"""A list comprehension over a range, at module level."""


def totient_sum(limit):
    phi = list(range(limit + 1))
    for p in range(2, limit + 1):
        if phi[p] == p:
            for multiple in range(p, limit + 1, p):
                phi[multiple] -= phi[multiple] // p
    return sum(phi)


sums = [totient_sum(3000 * (k % 7 + 8)) for k in range(48)]
print(sums)
print({k: totient_sum(400 + k) for k in range(20)})
