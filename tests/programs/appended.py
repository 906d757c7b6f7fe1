"""A loop inside a function that appends, behind a main guard."""


def simulate(seed, steps=18_000):
    x, visited = seed, []
    for _ in range(steps):
        x = (x * 69069 + 1) % 65536
        visited.append(x)
    return sorted(visited)[len(visited) // 2]


def main():
    medians = []
    for seed in range(120):
        if seed % 10 == 7:
            continue
        medians.append(simulate(seed))
    print(len(medians), medians[:8], medians[-1])


if __name__ == "__main__":
    main()
