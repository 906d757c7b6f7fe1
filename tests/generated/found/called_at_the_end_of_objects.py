"""What is called when an object ends, which the loop lets go of."""
import weakref
def heavy(x):
    return sum(range(x * 400 % 3000))
log = []
class Box: pass
boxes = [Box() for _ in range(8)]
for box in boxes:
    weakref.finalize(box, log.append, 1)
del box
out = []
for i in range(8):
    v = heavy(i) + len(log)
    boxes[i] = None
    out.append(v)
print(out)
