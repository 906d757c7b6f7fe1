"""Objects of the program that libraries write to and draw from, by methods which the text calls nowhere."""
import csv
import json
import random
import sys
def heavy(x):
    return sum(range(x * 400 % 3000))
log = []
class Writer:
    def write(self, text): log.append(text)
    def flush(self): pass
class Generator(random.Random):
    def random(self):
        log.append(1)
        return 0.5
writer, rows, generator = Writer(), csv.writer(Writer()), Generator(1)
out = []
for i in range(8):
    v = heavy(i) + len(log)
    print("a", file=writer)
    out.append(v)
for i in range(8):
    v = heavy(i) + len(log)
    rows.writerow([i])
    out.append(v)
for i in range(8):
    v = heavy(i) + len(log)
    json.dump([i], writer)
    out.append(v)
for i in range(8):
    v = heavy(i) + len(log)
    generator.uniform(1, 2)
    out.append(v)
shown, sys.stdout = sys.stdout, Writer()
for i in range(8):
    v = heavy(i) + len(log)
    print("b")
    out.append(v)
sys.stdout = shown
print(out)
