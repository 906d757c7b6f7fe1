"""Iterators that the ordered part advances, and what they do when asked for the next."""
import contextlib
def heavy(x):
    return sum(range(x * 400 % 3000))
log = []
def numbers():
    for n in range(100):
        log.append(n)
        yield n
class Box: pass
box = Box()
box.numbers = numbers()
asked, mapped, stack = numbers(), map(log.append, range(100)), contextlib.ExitStack()
stack.callback(log.append, 1)
out = []
for i in range(8):
    v = heavy(i) + len(log)
    out.append((v, next(asked)))
for i in range(8):
    v = heavy(i) + len(log)
    for n in asked:
        if n % 3 == 0:
            break
    out.append(v)
for i in range(8):
    v = heavy(i) + len(log)
    next(mapped)
    out.append((v, next(box.numbers)))
for i in range(8):
    v = heavy(i) + len(log)
    if i == 3:
        stack.close()
    out.append(v)
print(out)
