"""Ranges of numbers, and of lengths, that do not fit a machine word."""
def work(i): return sum(range(int(i % 7)))
for i in range(10**20):
    r = work(i)
    if i > 20: break
print(i, r)
for i in range(10**30, 10**30 + 40):
    r = work(i)
print(i, r)
print([work(i) for i in range(2**63 - 5, 2**63 + 20)])
print(sum(work(i) for i in range(-2**70, -2**70 + 30, 3)))
