"""A lambda with an effect is passed on as an argument and called by `sorted`."""
LOG = []
def order(f, xs):
    return sorted(xs, key=f)
def work(i):
    return order(lambda a: LOG.append(a) or -a, [1, 2, 3])
print([work(i) for i in range(10)], len(LOG))
