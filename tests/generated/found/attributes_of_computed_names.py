"""A method's name that is put together, and what is kept under it."""
def heavy(x):
    return sum(range(x * 400 % 3000))
log = []
class Box: pass
box = Box()
setattr(box, "app" + "end", log.append)
out = []
for i in range(8):
    v = heavy(i) + len(log)
    box.append(v)
    out.append(v)
print(out)
