"""The loop writes into a bytearray through a memoryview."""
b = bytearray(10)
mv = memoryview(b)
def work(i): return sum(b) + sum(range(i))
for i in range(12):
    print(work(i))
    mv[1] = i
