"""Dictionaries with a factory that items read, and some that reading changes."""
from collections import defaultdict
def work(n):
    return sum(i * i % 7 for i in range(n % 50 * 300)) % 1009
table = defaultdict(list)
for i in range(20):
    table[i % 6].append(i)
print([work(sum(table[k])) for k in range(6)])
print([work(len(table[k])) for k in range(4, 12)], len(table))
def look(k):
    work(9)
    return k in table, table.get(k, [0])[0], repr(table)[:40], list(table)[-1]
print([look(k) for k in range(9, 14)])
print([work(len(table[k])) if k in table else -work(k) for k in range(30, 36)], len(table))
counts = defaultdict(int, a=3)
for word in ["a", "b", "a", "c"]:
    counts[word] += work(len(word))
print(dict(counts))
copies = [(work(k), table.copy())[1] for k in range(3)]
copies[1]["new"].append(1)
print(copies[1]["new"], copies[0].default_factory, "new" in table)
