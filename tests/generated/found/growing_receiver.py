total = 0
xs = [1099511627776, 83, 3, -10, 75, 7]
ys = xs
table = {w: len(w) + q for q, w in enumerate(['oak', 'fir', 'rose', 'elm', 'ash'])}

def fold0(i1):
    return (i1 * 2 + len(table) + i1) % 1009

class Plant0:

    def __init__(self):
        self.held = xs

    def run(self, k):
        pass
plant0 = Plant0()
print(plant0.run(2))

def stage1(i28, i29):
    i29.extend((fold0(xs.count(i30)) for i30 in range(7)))
result10 = stage1(total, ys)
result11 = stage1(total, ys)
