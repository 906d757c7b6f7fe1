"""Heavy functions print to both streams, which are redirected and replaced on the way."""
import sys
def f(x):
    print("in", x, end="; ")
    print("err", x, file=sys.stderr)
    t = sum(range(x))
    sys.stdout.write(f"<{t}>")
    return t
for i in range(10):
    print("before", i)
    r = f(i)
    print("after", r, flush=True)
print([f(x) for x in range(6)])
import io, contextlib
buf = io.StringIO()
with contextlib.redirect_stdout(buf):
    for i in range(8):
        print(f(i))
print(len(buf.getvalue()), buf.getvalue()[:40])
sys.stdout = io.StringIO()
for i in range(8):
    print(f(i), sys.stdout.tell())
t = sys.stdout.getvalue()
sys.stdout = sys.__stdout__
print(t)
