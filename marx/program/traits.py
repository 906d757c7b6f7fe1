"""Names with a common trait: what may be inherited from, what is light, what calls the functions it is given, what
uses an iterator up. Data, no logic."""

from __future__ import annotations

FREE_BASES: frozenset[str] = frozenset(
    "object Exception BaseException ValueError TypeError RuntimeError KeyError IndexError LookupError ArithmeticError"
    " OSError NotImplementedError StopIteration ZeroDivisionError AttributeError int float str bytes tuple list dict"
    " set frozenset complex typing.NamedTuple typing.Generic typing.Protocol abc.ABC enum.Enum enum.IntEnum enum.Flag"
    " enum.IntFlag enum.StrEnum collections.OrderedDict collections.defaultdict collections.Counter collections.deque"
    " collections.UserDict collections.UserList typing.TypedDict numbers.Number".split()
)
"""Library classes that a class of the program may inherit from without hiding an effect."""

KNOWN_DECORATORS: frozenset[str] = frozenset(
    "staticmethod classmethod property functools.lru_cache functools.cache functools.wraps functools.total_ordering"
    " functools.cached_property dataclasses.dataclass abc.abstractmethod typing.override typing.final typing.overload"
    " contextlib.contextmanager enum.unique".split()
)
LIGHT_CALLS: frozenset[str] = frozenset(
    "abs bool bytearray callable chr complex divmod enumerate float format getattr hasattr hash hex id int isinstance"
    " issubclass iter len next object open oct ord print range repr reversed round slice str super type zip"
    " Exception ValueError TypeError RuntimeError KeyError IndexError ZeroDivisionError"
    " math.sqrt math.sin math.cos math.tan math.atan math.atan2 math.exp math.log math.log2 math.log10 math.floor"
    " math.ceil math.hypot math.fabs math.pow math.isqrt math.radians math.degrees math.isnan math.isinf math.isclose"
    " sys.exit sys.intern os.fspath os.path.join os.path.basename os.path.dirname fractions.Fraction decimal.Decimal"
    " collections.deque collections.Counter collections.defaultdict datetime.date datetime.datetime datetime.timedelta"
    " operator.itemgetter operator.attrgetter".split()
)
"""Calls that take about a microsecond. A body of these alone is never worth sending; every other call counts as work,
and so do loops, comprehensions and recursion."""
HEAVY_METHODS: frozenset[str] = frozenset(
    "sort split rsplit splitlines join replace count index translate findall finditer sub search match fullmatch"
    " most_common update extend union intersection difference astype dot sum mean std var cumsum argsort argmax argmin"
    " read_text read_bytes read readlines tolist choices sample shuffle permutation normal standard_normal integers"
    " hexdigest digest encode decode".split()
)
"""Methods that may take longer than that."""

CALLBACKS: dict[str, int] = {
    "map": 0,
    "filter": 0,
    "functools.reduce": 0,
    "functools.cmp_to_key": 0,
    "itertools.starmap": 0,
    "itertools.takewhile": 0,
    "itertools.dropwhile": 0,
    "itertools.filterfalse": 0,
    "itertools.accumulate": 1,
    "itertools.groupby": 1,
    "re.sub": 1,
    "re.subn": 1,
    ".sub": 0,
    ".subn": 0,
    "heapq.nlargest": 2,
    "heapq.nsmallest": 2,
    "collections.defaultdict": 0,
    "numpy.vectorize": 0,
    "numpy.apply_along_axis": 0,
    "numpy.piecewise": 2,
}
"""Where library functions, and (with a dot) methods, take a function that they call. Keywords: `CALLBACK_NAMES`."""
CALLBACK_NAMES: frozenset[str] = frozenset(
    "key func function default_factory object_hook object_pairs_hook parse_float parse_int parse_constant repl cls"
    " initializer".split()
)

EAGER_CONSUMERS: frozenset[str] = frozenset(
    "sum min max any all sorted list tuple set dict frozenset bytes bytearray collections.Counter collections.deque"
    " math.fsum math.prod statistics.mean statistics.fmean functools.reduce heapq.nlargest heapq.nsmallest"
    " collections.OrderedDict".split()
)
"""Consumers that use up an iterator before they return, so that nothing else of the program runs between two items
(but for functions handed to them, which the analysis sees as part of the fold)."""

LAZY_ITERABLES: frozenset[str] = frozenset(
    "enumerate zip reversed itertools.product itertools.combinations itertools.permutations"
    " itertools.combinations_with_replacement itertools.chain itertools.islice itertools.pairwise"
    " itertools.zip_longest".split()
)
"""Iterators that may be read ahead when what they iterate over may."""

CHANGING_SPECIALS: frozenset[str] = frozenset(
    "__init__ __new__ __post_init__ __init_subclass__ __set_name__ __class_getitem__ __setitem__ __delitem__"
    " __setattr__ __delattr__ __set__ __delete__ __enter__ __exit__ __iadd__ __isub__ __imul__ __itruediv__"
    " __ifloordiv__ __imod__ __ipow__ __imatmul__ __iand__ __ior__ __ixor__ __ilshift__ __irshift__".split()
)
"""Special methods that no library function calls on an object that it only reads."""

PASSING_ITERABLES: frozenset[str] = frozenset(
    "enumerate zip itertools.chain itertools.islice itertools.zip_longest itertools.pairwise itertools.accumulate"
    " itertools.batched".split()
)
"""Iterators that ask for an item only when they are asked for one: who uses them up uses up what they were given."""
