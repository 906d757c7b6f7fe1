"""`while` loops whose next round can be foretold, and some where the foretelling fails on the way."""
import math

def work(n):
    return sum(i * i % 7 for i in range(int(n) % 50 * 12)) % 1009

def scan(lo, hi):
    rows = []
    x = lo
    step = 0.1
    while x < hi:
        rows.append((round(x, 3), work(x * 10)))
        x += step
    else:
        rows.append("end")
    return rows, x

print(scan(0.1, 2.0))

i = 0
total = 0
while i < 20:
    total += work(i)
    i += 1
print(i, total)

k = 0
while True:
    if k >= 15:
        break
    print(work(k), end=" ")
    k += 1
print()

primes = []
n = 2
while len(primes) < 12:
    if all(work(n) % d for d in range(2, int(math.sqrt(n)) + 1)):
        primes.append(n)
    n += 1
print(primes, n)

lo, hi = 0, 30
while lo < hi:
    print(work(lo) - work(hi), end=" ")
    lo += 1
    hi -= 1
print(lo, hi)

def jumps(limit):
    i = 0
    out = []
    while i < limit:
        i += 1
        v = work(i)
        if v % 5 == 0:
            continue
        out.append(v)
        if v > 950:
            return out, i
    return out

print(jumps(30), jumps(5))

def surprised(limit):
    i = 0
    out = []
    while i < limit:
        out.append(work(i))
        if len(out) == 7:
            limit -= 4
        i += 1
    return out, i

print(surprised(18))

queue = [3, 5]
at = 0
while at < len(queue):
    v = work(queue[at])
    if len(queue) < 12:
        queue.append(v % 40)
    at += 1
print(queue)

def fails(n):
    i = n
    while i > -3:
        print(work(100 // i), end=" ")
        i -= 1

try:
    fails(6)
except ZeroDivisionError as fault:
    print(fault, fault.__traceback__.tb_next.tb_lineno)

def nested(n):
    a = 0
    out = []
    while a < n:
        b = 0
        while b < a:
            out.append(work(a * b))
            b += 1
        a += 1
    return out

def again(n):
    if n == 0:
        return [0]
    i = 0
    out = []
    while i < 3:
        out += [work(i + n)]
        i += 1
        if i == 2:
            out += again(n - 1)
    return out

print(nested(7), again(3))
z = -0.0
while z <= 1:
    print(z, work(z * 10 + 3), end=" ")
    z += 0.25
print()
s = "a"
while len(s) < 9:
    print(work(len(s)), end=" ")
    s += "b"
x, y = 1, 1
while x < 4000:
    print(work(x), end=" ")
    x, y = y, x + y
print(x, y)
class Walker:
    def __init__(self):
        self.at = 0
        self.seen = []
    def go(self, n):
        i = 0
        while i < n:
            self.seen.append(work(i + len(str(n))))
            i += 1
        while self.at < n:
            self.seen.append(work(self.at))
            self.at += 2
        return self.seen
print(Walker().go(12))
i = 0
while i < 6:
    i += 1
    if i == 3:
        i = 4
    print(i, work(i), end=" ")
print(i)
asked = []
def limit():
    asked.append(len(asked))
    return 12
i = 0
while i < limit():  # a test that leaves something behind is evaluated once for each round
    print(work(i), end=" ")
    i += 1
print(asked)
i, tests = 0, 0
while (tests := tests + 1) < 12 and i < 11:
    print(work(i + 1), end=" ")
    i += 1
print(i, tests)
fails(3)
