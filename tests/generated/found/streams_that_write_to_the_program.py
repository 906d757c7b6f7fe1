"""Streams of libraries in the place of `sys.stdout`, which hand what is printed to objects of the program."""
import codecs
import io
import sys
import types
def heavy(x):
    return sum(range(x * 400 % 3000))
seen = []
class Writer:
    def write(self, data):
        seen.append(data)
        return len(data)
    def flush(self): pass
class Raw(io.RawIOBase):
    def writable(self): return True
    def write(self, data):
        seen.append(len(data))
        return len(data)
shown, out = sys.stdout, []
sys.stdout = codecs.getwriter("utf-8")(Writer())
for i in range(8):
    v = heavy(i) + len(seen)
    print(i)
    out.append(v)
sys.stdout = raw = io.TextIOWrapper(Raw(), write_through=True)
for i in range(8):
    v = heavy(i) + len(seen)
    print(i)
    out.append(v)
sys.stdout = types.SimpleNamespace(write=seen.append, flush=list)
for i in range(8):
    v = heavy(i) + len(seen)
    print(i)
    out.append(v)
sys.stdout = shown
print(out, len(seen))
