"""A list class of a local module counts how often it is iterated over."""
import lib_lists
xs = lib_lists.CountingList(range(12))
def work(i): return sum(range(i))
print([work(i) for i in xs], lib_lists.ITERATED)
for x in xs:
    r = work(x)
    print(r, lib_lists.ITERATED)
