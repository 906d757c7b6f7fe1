"""`key=` is a closure with an effect, held by a variable."""
LOG = []
def make():
    def note(x):
        LOG.append(x)
        return -x
    return note
key = make()
print([sorted(range(3), key=key) for i in range(10)], len(LOG))
