"""Arrays that lie in memory with gaps: `dot` over a column takes another path than over a row, to another last digit."""

import numpy as np


def table(rows, columns=7):
    return np.random.default_rng(5).random((rows, columns))


data = table(1000)
column, backwards, step = data[:, 3], data[::-1, 2], data[5:900:3]
frozen = np.arange(12.0)
frozen.flags.writeable = False
block = np.random.default_rng(6).random((5, 6, 7)).transpose(1, 0, 2)


def products(v):
    return [float(np.dot(x, x) + v) for x in (column, backwards, step[:, v % 7])], step.strides, block.strides


def part_of(v):
    made = table(100 + v)
    return made[:, v % 7]


def parts(v):
    return table(40 + v)[::-1, ::2], np.broadcast_to(np.arange(3.0), (4, 3)), frozen * v


def tries(v):
    try:
        frozen[v] = 1.0
    except ValueError as fault:
        return str(fault)
    return "written"


print([products(v) for v in range(12)])
print([repr(float(np.dot(x, x))) for x in [part_of(v) for v in range(12)]])
for reversed_, wide, new in [parts(v) for v in range(12)]:
    print(reversed_.strides, repr(float(reversed_.ravel(order="K").dot(reversed_.ravel(order="K")))), wide.strides,
          wide.flags.writeable, new)  # fmt: skip
print([tries(v) for v in range(12)])
print([float(np.dot(row, row)) for row in [column * v for v in range(12)]], [repr(float(x @ x)) for x in data.T])


def owner(v):
    return table(10 + v), np.array([v]), table(3)[1:], frozen.flags.owndata, data.flags.owndata


for whole, one, part, *owned in [owner(v) for v in range(8)]:
    one.resize(3, refcheck=False)
    print(whole.flags.owndata, one, part.flags.owndata, owned)
