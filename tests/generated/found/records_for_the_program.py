"""Log records that go to objects of the program: to a handler's stream, and to a handler."""
import logging
def heavy(x):
    return sum(range(x * 400 % 3000))
seen, out = [], []
class Writer:
    def write(self, data): seen.append(data)
    def flush(self): pass
class Counting(logging.Handler):
    def emit(self, record): seen.append(record.msg)
logging.basicConfig(handlers=[logging.StreamHandler(Writer())], level=20)
for i in range(8):
    v = heavy(i) + len(seen)
    logging.info("item")
    out.append(v)
logging.basicConfig(handlers=[Counting()], level=20, force=True)
for i in range(8):
    v = heavy(i) + len(seen)
    logging.info("item")
    out.append(v)
print(out, len(seen))
