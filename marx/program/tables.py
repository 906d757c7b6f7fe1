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
    "numpy-random",
    "seeded",
    "numpy-seeded",
    "entropy",
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
    "numpy-random": "MX205",
    "seeded": "MX205",
    "numpy-seeded": "MX205",
    "entropy": "MX205",
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

OPENING = frozenset({"open", "io.open", "gzip.open", "bz2.open", "lzma.open"})
"""What opens a file by its path, and has the mode as its second argument."""


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


def table(*rows: tuple[Effect, str]) -> dict[str, Effect]:
    return {name: effect for effect, names in rows for name in names.split()}


def dotted(module: str, *rows: tuple[Effect, str]) -> dict[str, Effect]:
    return {f"{module}.{name}": effect for effect, names in rows for name in names.split()}


BUILTINS: dict[str, Effect] = table(
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
"""`open` and `getattr` depend on their arguments and are judged in library.py."""


METHODS: dict[str, Effect] = table(
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
