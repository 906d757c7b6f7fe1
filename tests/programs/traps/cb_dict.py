"""`key=` is a function with an effect, taken from a dict."""
LOG = []
def note(x):
    LOG.append(x)
    return -x
OPS = {"n": note}
print([sorted(range(3), key=OPS["n"]) for i in range(10)], len(LOG))
