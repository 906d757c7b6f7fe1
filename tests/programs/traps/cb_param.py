"""A function with an effect is passed on as an argument and called by `sorted`."""
LOG = []
def note(x):
    LOG.append(x)
    return -x
def order(f, xs):
    return sorted(xs, key=f)
def work(i):
    return order(note, [1, 2, 3])
print([work(i) for i in range(10)], len(LOG))
