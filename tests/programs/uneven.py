"""Items of very different cost: the last one takes as long as half of the others together."""


def prime_count(limit):
    flags = bytearray([1]) * (limit + 1)
    count = 0
    for n in range(2, limit + 1):
        if flags[n]:
            count += 1
            for multiple in range(2 * n, limit + 1, n):
                flags[multiple] = 0
    return count


limits = [2000 + 137 * k % 9000 for k in range(200)] + [10] * 40 + [1_500_000]
print(sum(prime_count(limit) for limit in limits))
print([prime_count(limit) for limit in limits[-5:]])
