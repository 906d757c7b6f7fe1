"""Results put into dictionaries: order of the keys, counts, lists per key."""
from collections import Counter, defaultdict


def factors(n):
    found = []
    divisor = 2
    while n > 1:
        while n % divisor == 0:
            found.append(divisor)
            n //= divisor
        divisor += 1
        if divisor * divisor > n > 1:
            found.append(n)
            break
    return found


largest = {}
kinds = Counter()
groups = defaultdict(list)
for n in range(10**9 + 1, 10**9 + 900):
    primes = factors(n)
    largest[primes[-1] % 97] = n
    kinds[len(primes)] += 1
    groups[len(set(primes))].append(n % 1000)
print(largest)
print(kinds.most_common())
print({k: (len(v), v[:5]) for k, v in groups.items()})
