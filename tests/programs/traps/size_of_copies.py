"""A list that grew has room to spare, which its copy has not."""
import sys


def work(n):
    return sum(range(n)) + sys.getsizeof(grown)


grown = []
for n in range(999):
    grown.append(n)
print([work(n) for n in range(20)][-1])
