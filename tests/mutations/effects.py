"""The catalogue of effects that are put into loops: data, no logic.

Each is what a careless splitter overlooks. `before` stands at the top of the program, `line` in the loop or in a
function that the loop calls, `after` at the program's end, where it shows whether every run of `line` took place.
`line` sets `mx`, and `wrong` never holds in the order that `python` runs things in; what stands behind it depends on
what `line` carries from one run to the next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    """`shared` are the globals that `line` assigns: a function needs a `global` statement for them."""

    name: str
    before: str
    line: str
    after: str
    shared: str = ""
    wrong: str = "mx < 0"
    ends_loop: bool = False


EFFECTS: tuple[Effect, ...] = (
    Effect("global counter", "mx_count = 0", "mx_count += 1; mx = mx_count", "mx_count", "mx_count"),
    Effect(
        "nonlocal counter",
        "def mx_make():\n    n = 0\n\n    def step():\n        nonlocal n\n        n += 1\n        return n\n\n"
        "    return step\nmx_step = mx_make()",
        "mx = mx_step()",
        "mx_step()",
    ),
    Effect("list appended and measured", "mx_list = []", "mx_list.append(7); mx = len(mx_list)", "mx_list"),
    Effect(
        "dict updated and asked", "mx_dict = {}", "mx_dict['n'] = mx_dict.get('n', 0) + 1; mx = mx_dict['n']", "mx_dict"
    ),
    Effect(
        "numbering by a dict",
        "mx_numbers = {}",
        "mx = mx_numbers.setdefault('k' + str(len(mx_numbers)), len(mx_numbers))",
        "mx_numbers",
    ),
    Effect("set grown and measured", "mx_set = set()", "mx_set.add(len(mx_set)); mx = len(mx_set)", "len(mx_set)"),
    Effect(
        "shared random numbers",
        "import random\nmx_dice = random.Random(7)",
        "mx = mx_dice.randrange(100)",
        "mx_dice.random()",
    ),
    Effect(
        "random numbers of the module", "import random\nrandom.seed(3)", "mx = random.randrange(100)", "random.random()"
    ),
    Effect(
        "print of a running number",
        "mx_line = 0",
        "mx_line += 1; mx = mx_line; print('line', mx_line)",
        "mx_line",
        "mx_line",
    ),
    Effect(
        "`is` between equal numbers",
        "mx_one = 10**30\nmx_held = [mx_one]",
        "mx = mx_held[0] is mx_one",
        "mx_held[0] is mx_one",
        wrong="not mx",
    ),
    Effect(
        "class attribute counted",
        "class MxTally:\n    made = 0",
        "MxTally.made += 1; mx = MxTally.made",
        "MxTally.made",
    ),
    Effect(
        "constructor that counts",
        "class MxMade:\n    made = 0\n\n    def __init__(self):\n        MxMade.made += 1",
        "MxMade(); mx = MxMade.made",
        "MxMade.made",
    ),
    Effect(
        "mutable default",
        "def mx_keep(value, kept=[]):\n    kept.append(value)\n    return len(kept)",
        "mx = mx_keep(1)",
        "mx_keep(2)",
    ),
    Effect(
        "function attribute",
        "def mx_called():\n    mx_called.n += 1\n    return mx_called.n\nmx_called.n = 0",
        "mx = mx_called()",
        "mx_called.n",
    ),
    Effect(
        "environment written",
        "import os\nos.environ['MX'] = '0'",
        "os.environ['MX'] = str(int(os.environ['MX']) + 1); mx = int(os.environ['MX'])",
        "os.environ['MX']",
    ),
    Effect(
        "file appended and read",
        "def mx_note():\n    with open('mx.txt', 'a') as file:\n        file.write('x')\n"
        "    with open('mx.txt') as file:\n        return len(file.read())",
        "mx = mx_note()",
        "mx_note()",
    ),
    Effect(
        "decimal context changed",
        "import decimal",
        "decimal.getcontext().prec += 1; mx = decimal.getcontext().prec",
        "decimal.getcontext().prec",
    ),
    Effect("shared row changed", "mx_rows = [[0], [1]]", "mx_rows[0][0] += 1; mx = mx_rows[0][0]", "mx_rows"),
    Effect(
        "alias of an accumulator",
        "mx_sums = []\nmx_alias = mx_sums",
        "mx_sums.append(1); mx = len(mx_alias)",
        "mx_alias",
    ),
    Effect(
        "cache statistics",
        "import functools\n\n\n@functools.lru_cache(maxsize=None)\ndef mx_cached(value):\n    return value * 2",
        "mx_cached(3); mx = mx_cached.cache_info().hits",
        "mx_cached.cache_info()",
    ),
    Effect(
        "break on carried state",
        "mx_left = 60",
        "mx_left -= 1; mx = mx_left",
        "mx_left",
        "mx_left",
        ends_loop=True,
    ),
    Effect(
        "exception that carries state",
        "mx_faults = 0\n\n\ndef mx_fail():\n    global mx_faults\n    mx_faults += 1\n    raise ValueError(mx_faults)",
        "try:\n    mx_fail()\nexcept ValueError as mx_fault:\n    mx = mx_fault.args[0]",
        "mx_faults",
    ),
    Effect(
        "attribute set by a computed name",
        "class MxBox:\n    n1 = 0\nmx_box = MxBox()",
        "setattr(mx_box, 'n' + str(1), getattr(mx_box, 'n1') + 1); mx = mx_box.n1",
        "vars(mx_box)",
    ),
    Effect("global set by its name", "mx_total = 0", "globals()['mx_total'] = mx_total + 1; mx = mx_total", "mx_total"),
    Effect("iterator advanced", "mx_stock = iter(range(10**9))", "mx = next(mx_stock)", "next(mx_stock)"),
    Effect(
        "generator resumed",
        "def mx_naturals():\n    n = 0\n    while True:\n        n += 1\n        yield n\nmx_running = mx_naturals()",
        "mx = next(mx_running)",
        "next(mx_running)",
    ),
    Effect(
        "running number of itertools",
        "import itertools\nmx_ids = itertools.count()",
        "mx = next(mx_ids)",
        "next(mx_ids)",
    ),
    Effect(
        "property with an effect",
        "class MxMeter:\n    n = 0\n\n    @property\n    def now(self):\n        self.n += 1\n        return self.n\n"
        "mx_meter = MxMeter()",
        "mx = mx_meter.now",
        "mx_meter.n",
    ),
    Effect(
        "special method with an effect",
        "class MxDrawer:\n    def __init__(self):\n        self.n = 0\n\n    def __getitem__(self, place):\n"
        "        self.n += 1\n        return self.n\nmx_drawer = MxDrawer()",
        "mx = mx_drawer[0]",
        "mx_drawer.n",
    ),
    Effect(
        "heap pushed",
        "import heapq\nmx_heap = []",
        "heapq.heappush(mx_heap, len(mx_heap)); mx = len(mx_heap)",
        "len(mx_heap)",
    ),
    Effect(
        "function exchanged",
        "def mx_first(value):\n    return value\n\n\ndef mx_second(value):\n    return value + 1\n"
        "mx_pick = mx_first\nmx_turn = 0",
        "mx_turn += 1; mx_pick = mx_second if mx_turn % 2 else mx_first; mx = mx_pick(mx_turn)",
        "mx_pick(0)",
        "mx_turn mx_pick",
    ),
    Effect(
        "decorator that counts",
        "def mx_counted(function):\n    def wrapper(*given):\n        wrapper.calls += 1\n"
        "        return function(*given)\n\n"
        "    wrapper.calls = 0\n    return wrapper\n\n\n@mx_counted\ndef mx_twice(value):\n    return value * 2",
        "mx_twice(2); mx = mx_twice.calls",
        "mx_twice.calls",
    ),
    Effect(
        "queue turned",
        "from collections import deque as mx_deque\nmx_queue = mx_deque(range(5))",
        "mx_queue.rotate(1); mx = mx_queue[0]",
        "mx_queue",
    ),
    Effect(
        "previous value kept",
        "mx_last = 0",
        "mx = mx_last; mx_last = mx + 1",
        "mx_last",
        "mx_last",
    ),
)
