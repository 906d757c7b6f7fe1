rows = [[0, 1]] * 5


def weigh(i):
    for word in ["oak", "elm"]:
        pass
    held = rows
    (held or [[]])[-1].append(i)


class Plant:
    def run(self):
        return min(range(5), key=weigh)


try:
    print(Plant().run())
except TypeError as fault:
    print(fault)
print("rows", rows)
