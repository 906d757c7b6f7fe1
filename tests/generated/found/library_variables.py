import heapq


def main(key):
    print(heapq.nlargest(3, map(key, range(9)), key=lambda v: -v))


main(lambda v: sum(range(v * 2)))
