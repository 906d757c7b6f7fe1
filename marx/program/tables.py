"""What is known of builtins, library functions and methods: data, no logic.

An `Effect` says what a call may do: which arguments it changes, what its result may share with them, and which flags
it raises. Every known call may also call the functions that it is given. What is not in a table is unknown, and
unknown means no.

Method names have one entry for all value types that may enter a chunk (see `marx/inside/world.py`): if any of them
changes its receiver under that name, the entry does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Flag = Literal[
    "out",
    "file-read",
    "file-write",
    "random",
    "clock",
    "environment",
    "stdin",
    "process",
    "ambient",
    "dynamic",
    "identity",
    "log",
    "file-touch",
]

FLAG_CODES: dict[str, str] = {
    "out": "MX201",
    "file-read": "MX210",
    "file-write": "MX210",
    "random": "MX205",
    "clock": "MX206",
    "identity": "MX206",
    "environment": "MX208",
    "ambient": "MX208",
    "stdin": "MX207",
    "process": "MX207",
    "dynamic": "MX501",
    "log": "MX212",
    "file-touch": "MX211",
}


@dataclass(frozen=True, slots=True)
class Effect:
    """`result`: "atom" (a number, a text: nothing to share), "fresh" (new, may hold arguments' parts), "alias" (may
    be an argument or a part of one). `writes`: positions of changed arguments (-1 is a method's receiver)."""

    result: Literal["atom", "fresh", "alias"]
    writes: tuple[int, ...] = ()
    flags: tuple[Flag, ...] = ()


ATOM = Effect("atom")
FRESH = Effect("fresh")
ALIAS = Effect("alias")


def _table(*rows: tuple[Effect, str]) -> dict[str, Effect]:
    return {name: effect for effect, names in rows for name in names.split()}


def _dotted(module: str, *rows: tuple[Effect, str]) -> dict[str, Effect]:
    return {f"{module}.{name}": effect for effect, names in rows for name in names.split()}


BUILTINS: dict[str, Effect] = _table(
    (
        ATOM,
        "abs all any ascii bin bool bytes callable chr complex divmod float format hash hex int isinstance issubclass"
        " len oct ord range repr round slice str memoryview print_help hasattr exit quit",
    ),
    (
        FRESH,
        "bytearray dict enumerate filter frozenset iter list map object reversed set sorted tuple zip super property"
        " staticmethod classmethod type BaseException Exception ArithmeticError AssertionError AttributeError"
        " BufferError EOFError FileExistsError FileNotFoundError FloatingPointError ImportError IndexError"
        " IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError NameError NotADirectoryError"
        " NotImplementedError OSError IOError OverflowError PermissionError RecursionError ReferenceError"
        " RuntimeError StopIteration SyntaxError SystemExit TimeoutError TypeError UnboundLocalError"
        " UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError ExceptionGroup",
    ),
    (ALIAS, "max min sum pow"),
    (Effect("alias", writes=(0,)), "next"),
    (Effect("atom", flags=("out",)), "print"),
    (Effect("atom", flags=("stdin",)), "input"),
    (
        Effect("atom", flags=("dynamic",)),
        "eval exec compile globals locals vars dir __import__ breakpoint setattr delattr",
    ),
    (Effect("atom", flags=("identity",)), "id"),
)
"""`open` and `getattr` depend on their arguments and are judged in effects.py."""


METHODS: dict[str, Effect] = _table(
    (
        ATOM,
        # text and bytes
        "capitalize casefold center count decode encode endswith expandtabs find format format_map hex index isalnum"
        " isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join"
        " ljust lower lstrip removeprefix removesuffix rfind rindex rjust rstrip startswith strip swapcase title"
        " translate upper zfill maketrans "
        # numbers
        "as_integer_ratio bit_count bit_length conjugate from_bytes fromhex is_integer to_bytes limit_denominator"
        " sqrt ln log10 exp quantize normalize to_integral_value is_nan is_zero is_signed is_infinite is_finite"
        " adjusted"
        # containers, read only
        " isdisjoint issubset issuperset total __len__ __contains__"
        # regular expressions, hashes
        " group span start end hexdigest digest "
        # dates
        "isoformat strftime weekday isoweekday timestamp total_seconds toordinal date time timetuple isocalendar"
        " utcoffset"
        # numpy
        " item tobytes tolist any all mean std var prod argmax argmin ptp trace nbytes"
        # paths
        " as_posix as_uri is_absolute is_relative_to match with_name with_suffix with_stem relative_to joinpath",
    ),
    (
        FRESH,
        "partition rpartition split rsplit splitlines groups groupdict findall finditer search fullmatch sub subn"
        " scanner union intersection difference symmetric_difference most_common elements fromkeys argsort astype"
        " cumsum cumprod clip round conj dot flatten nonzero repeat searchsorted compress choose take sum max min mro"
        " as_tuple _asdict _replace zfill",
    ),
    (
        ALIAS,
        "get items keys values copy reshape ravel squeeze transpose view swapaxes diagonal __getitem__ __iter__"
        " fromisoformat",
    ),
    (
        Effect("alias", writes=(-1,)),
        "add append appendleft clear difference_update discard extend extendleft fill insert intersection_update"
        " itemset move_to_end pop popitem popleft put remove resize reverse rotate seed setdefault setflags setstate"
        " sort subtract symmetric_difference_update update send throw close read readline readlines readinto write"
        " writelines seek tell truncate flush getvalue writerow writerows writeheader __next__ __setitem__"
        " __delitem__ "
        # random.Random and numpy.random.Generator: drawing changes the generator
        "random randint randrange choice choices sample uniform gauss normalvariate expovariate betavariate"
        " gammavariate lognormvariate vonmisesvariate paretovariate weibullvariate triangular getrandbits randbytes"
        " shuffle binomialvariate integers standard_normal normal poisson exponential standard_exponential"
        " permutation permuted rayleigh binomial beta gamma geometric hypergeometric laplace logistic lognormal"
        " multinomial multivariate_normal dirichlet chisquare standard_cauchy standard_gamma standard_t weibull zipf"
        " spawn getstate",
    ),
    (
        Effect("fresh", flags=("file-read",)),
        "read_text read_bytes exists is_file is_dir stat iterdir glob rglob resolve",
    ),
    (
        Effect("atom", flags=("file-write",)),
        "write_text write_bytes unlink mkdir rmdir touch rename symlink_to hardlink_to chmod",
    ),
)

PATH_REPLACE = Effect("atom", flags=("file-write",))
"""`p.replace(target)`; with two arguments `replace` is a text's."""
TEXT_REPLACE = ATOM

WHOLE_MODULES: dict[str, Effect] = {
    "math": ATOM,
    "cmath": ATOM,
    "operator": ALIAS,
    "fractions": FRESH,
    "numbers": FRESH,
    "statistics": ALIAS,
    "string": FRESH,
    "textwrap": ATOM,
    "struct": FRESH,
    "zlib": ATOM,
    "binascii": ATOM,
    "base64": ATOM,
    "hashlib": FRESH,
    "hmac": FRESH,
    "difflib": FRESH,
    "unicodedata": ATOM,
    "html": ATOM,
    "colorsys": FRESH,
    "ipaddress": FRESH,
    "urllib.parse": FRESH,
    "keyword": ATOM,
    "graphlib": FRESH,
    "ast": ALIAS,
    "bisect": ATOM,
    "itertools": FRESH,
    "functools": ALIAS,
    "collections": FRESH,
    "copy": ALIAS,
    "re": FRESH,
    "dataclasses": ALIAS,
    "datetime": FRESH,
    "decimal": FRESH,
    "enum": FRESH,
    "typing": ALIAS,
    "abc": ALIAS,
    "array": FRESH,
    "calendar": FRESH,
    "zoneinfo": FRESH,
    "pathlib": FRESH,
    "os.path": ATOM,
    "posixpath": ATOM,
    "heapq": ALIAS,
    "json": FRESH,
    "numpy.linalg": FRESH,
    "numpy.fft": FRESH,
}
"""Modules of which every function is as given unless `LIBRARY` says otherwise."""

_NUMPY_FRESH = (
    "abs absolute add all allclose amax amin angle any append arange arccos arccosh arcsin arcsinh arctan arctan2"
    " arctanh argmax argmin argpartition argsort argwhere around array array_equal asarray ascontiguousarray average"
    " bincount bitwise_and bitwise_or bitwise_xor bool_ cbrt ceil clip column_stack complex128 concatenate convolve"
    " copysign corrcoef correlate cos cosh count_nonzero cov cross cumprod cumsum deg2rad degrees diag diagonal diff"
    " digitize divide divmod dot dstack dtype e einsum empty empty_like equal exp exp2 expm1 eye fabs finfo"
    " flatnonzero flip fliplr flipud float32 float64 floor floor_divide fmax fmin fmod fromiter full full_like gcd"
    " geomspace gradient greater greater_equal heaviside histogram histogram2d hstack hypot identity iinfo indices"
    " inner int16 int32 int64 int8 interp intersect1d invert isclose isfinite isin isinf isnan kron lcm less"
    " less_equal linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor logspace"
    " matmul max maximum mean median meshgrid min minimum mod modf multiply nan_to_num nanmax nanmean nanmin nanstd"
    " nansum nanvar negative nonzero not_equal ones ones_like outer pad partition percentile pi piecewise polyfit"
    " polyval power prod ptp quantile rad2deg radians ravel reciprocal remainder repeat reshape rint roll rollaxis"
    " roots rot90 round row_stack searchsorted select setdiff1d sign signbit sin sinc sinh sort split sqrt square"
    " squeeze stack std subtract sum swapaxes take tan tanh tensordot tile trace transpose trapezoid tri tril triu"
    " true_divide trunc uint16 uint32 uint64 uint8 union1d unique unwrap vander var vdot vstack where zeros"
    " zeros_like apply_along_axis vectorize moveaxis expand_dims atleast_1d atleast_2d broadcast_to triu_indices"
    " tril_indices ix_ unravel_index ravel_multi_index"
)

LIBRARY: dict[str, Effect] = (
    _dotted(
        "numpy",
        (Effect("alias"), _NUMPY_FRESH),
        (Effect("alias", writes=(0,)), "copyto place put putmask fill_diagonal"),
    )
    | _dotted(
        "numpy.random",
        (Effect("fresh"), "SeedSequence Generator PCG64 Philox MT19937 SFC64"),
        (
            Effect("fresh", flags=("random",)),
            "rand randn randint random random_sample choice shuffle permutation seed normal uniform standard_normal"
            " poisson binomial exponential get_state set_state RandomState",
        ),
    )
    | _dotted("numpy", (Effect("fresh", flags=("ambient",)), "seterr errstate set_printoptions printoptions"))
    | _dotted(
        "random",
        (
            Effect("alias", flags=("random",)),
            "random randint randrange choice choices sample uniform gauss normalvariate expovariate betavariate"
            " gammavariate lognormvariate vonmisesvariate paretovariate weibullvariate triangular getrandbits"
            " randbytes shuffle seed getstate setstate SystemRandom binomialvariate",
        ),
    )
    | _dotted("heapq", (Effect("alias", writes=(0,)), "heappush heappop heapify heapreplace heappushpop"))
    | _dotted("bisect", (Effect("atom", writes=(0,)), "insort insort_left insort_right"))
    | _dotted("struct", (Effect("atom", writes=(1, 2)), "pack_into"))
    | _dotted(
        "operator", (Effect("alias", writes=(0,)), "setitem delitem iadd isub imul iand ior ixor iconcat ipow itruediv")
    )
    | _dotted("functools", (Effect("fresh", flags=("dynamic",)), "singledispatch update_wrapper singledispatchmethod"))
    | _dotted("operator", (Effect("fresh", flags=("dynamic",)), "methodcaller call"))
    | _dotted("time", (ATOM, "sleep"))
    | _dotted(
        "time",
        (
            Effect("atom", flags=("clock",)),
            "time perf_counter monotonic process_time time_ns perf_counter_ns monotonic_ns process_time_ns localtime"
            " gmtime ctime strftime thread_time",
        ),
    )
    | _dotted("datetime", (Effect("atom", flags=("clock",)), "datetime.now datetime.today datetime.utcnow date.today"))
    | _dotted("decimal", (Effect("fresh", flags=("ambient",)), "getcontext setcontext localcontext"))
    | _dotted("calendar", (Effect("atom", flags=("ambient",)), "setfirstweekday"))
    | _dotted("re", (ATOM, "purge"))
    | _dotted("array", (FRESH, "array"))
    | _dotted("json", (Effect("fresh", writes=(0,)), "load"), (Effect("atom", writes=(1,)), "dump"))
    | _dotted(
        "os.path",
        (Effect("atom", flags=("file-read",)), "exists isfile isdir getsize getmtime lexists islink realpath samefile"),
    )
    | _dotted("os", (Effect("fresh", flags=("file-read",)), "listdir stat scandir walk access"))
    | _dotted(
        "os",
        (
            Effect("atom", flags=("file-write",)),
            "remove unlink rename replace mkdir makedirs rmdir truncate link symlink",
        ),
    )
    | _dotted(
        "os",
        (Effect("atom", flags=("process",)), "system popen fork kill _exit abort getpid getppid urandom cpu_count"),
    )
    | _dotted("os", (Effect("atom", flags=("environment",)), "getenv getcwd putenv chdir"))
    | _dotted("os", (ATOM, "fspath fsencode fsdecode strerror"))
    | _dotted("sys", (ATOM, "exit getsizeof intern getrecursionlimit"))
    | _dotted("sys", (Effect("atom", flags=("ambient",)), "setrecursionlimit set_int_max_str_digits setswitchinterval"))
    | _dotted(
        "sys", (Effect("atom", flags=("out",)), "stdout.write stderr.write stdout.flush stderr.flush stdout.writelines")
    )
    | _dotted("sys", (Effect("atom", flags=("dynamic",)), "_getframe settrace setprofile exc_info getrefcount"))
    | _dotted("uuid", (Effect("fresh", flags=("random",)), "uuid1 uuid4"), (FRESH, "UUID uuid3 uuid5"))
    | _dotted(
        "secrets", (Effect("atom", flags=("random",)), "token_bytes token_hex token_urlsafe randbelow choice randbits")
    )
    | _dotted("csv", (FRESH, "writer reader DictReader DictWriter"))
    | _dotted("io", (FRESH, "StringIO BytesIO TextIOWrapper"))
    | _dotted("gc", (Effect("fresh", flags=("identity",)), "collect get_objects get_referrers"))
    | _dotted("logging", (Effect("atom", flags=("log",)), "info debug warning error critical exception log"))
    | _dotted(
        "warnings",
        (Effect("atom", flags=("log",)), "warn"),
        (Effect("atom", flags=("ambient",)), "simplefilter filterwarnings"),
    )
    | _dotted("locale", (Effect("atom", flags=("ambient",)), "setlocale"))
)
"""Single functions, by dotted name; stronger than `WHOLE_MODULES`."""

SPECIAL_CALLS: frozenset[str] = frozenset(
    {"random.Random", "numpy.random.default_rng", "open", "io.open", "getattr", "pathlib.Path.open"}
)
"""Judged by their arguments in effects.py."""

ATTRIBUTES: frozenset[str] = frozenset(
    "math.pi math.e math.tau math.inf math.nan cmath.pi cmath.e string.ascii_letters string.ascii_lowercase"
    " string.ascii_uppercase string.digits string.punctuation string.whitespace string.hexdigits sys.maxsize"
    " sys.float_info sys.byteorder sys.version_info sys.argv sys.version sys.stdout sys.stderr numpy.pi numpy.e"
    " numpy.inf numpy.nan numpy.newaxis os.sep os.linesep os.extsep os.pardir os.curdir os.name re.IGNORECASE re.I"
    " re.M re.MULTILINE re.S re.DOTALL re.X re.VERBOSE re.ASCII re.A re.U".split()
)
"""Constants of libraries that may be read anywhere."""

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
MEMO_DECORATORS: frozenset[str] = frozenset({"functools.lru_cache", "functools.cache"})
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

DATA_MODEL: frozenset[str] = frozenset(
    "__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __bool__ __len__ __iter__ __next__ __contains__ __getitem__"
    " __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __pow__ __matmul__ __neg__ __pos__ __abs__ __invert__"
    " __radd__ __rsub__ __rmul__ __rtruediv__ __and__ __or__ __xor__ __lshift__ __rshift__ __str__ __repr__"
    " __format__ __int__ __float__ __index__ __call__ __getattr__ __getattribute__ __round__ __reversed__ __missing__"
    " __get__ __instancecheck__ __del__ __enter__ __exit__ __complex__ __divmod__ __rfloordiv__ __rmod__ __rpow__"
    " __iadd__ __isub__ __imul__ __setitem__ __delitem__ __setattr__ __delattr__ __set__".split()
)
