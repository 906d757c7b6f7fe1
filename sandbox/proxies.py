"""What a guarded program may import: for each module named public functions, never the module itself.

A module's other attributes lead anywhere (`json.codecs.builtins.open`), so a program gets a fresh module object that
holds the named ones only. Functions that look up attributes by names at run time are left out or replaced: they would
walk past the check of attribute names. Unknown modules and names are refused.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

_MATH = (
    "acos acosh asin asinh atan atan2 atanh ceil comb copysign cos cosh degrees dist e erf erfc exp expm1 fabs "
    "factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 "
    "log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt tan tanh tau trunc ulp"
)
_ITERTOOLS = (
    "accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse "
    "groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest"
)
_HINTS = (
    "Any Callable ClassVar Dict Final FrozenSet Generator Generic Iterable Iterator List Literal Mapping NoReturn "
    "Optional Protocol Sequence Set Tuple Type TypeVar Union"
)
_OPERATORS = (
    "add and_ concat contains eq floordiv ge getitem gt inv invert itemgetter le lshift lt matmul mod mul ne neg not_ "
    "or_ pos pow rshift sub truediv truth xor"
)

ALLOWED: dict[str, str] = {
    "abc": "ABC abstractmethod",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "cmath": "e exp inf isclose log phase pi polar rect sqrt tau",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "collections.abc": "Callable Collection Generator Hashable Iterable Iterator Mapping MutableMapping Sequence Set",
    "copy": "copy deepcopy",
    "dataclasses": "asdict astuple dataclass field replace",
    "datetime": "UTC date datetime time timedelta timezone",
    "decimal": "ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP Decimal getcontext",
    "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
    "fractions": "Fraction",
    "functools": "cache cached_property cmp_to_key lru_cache partial reduce total_ordering wraps",
    "hashlib": "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_256 sha512",
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "itertools": _ITERTOOLS,
    "json": "dumps loads",
    "math": _MATH,
    "operator": _OPERATORS,
    "random": "Random betavariate choice choices expovariate gauss getrandbits normalvariate randint random "
    "randrange sample seed shuffle triangular uniform",
    "re": "ASCII DOTALL IGNORECASE MULTILINE VERBOSE compile escape findall finditer fullmatch match search split sub "
    "subn",
    "statistics": "fmean geometric_mean harmonic_mean mean median median_high median_low mode pstdev pvariance "
    "quantiles stdev variance",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation "
    "whitespace",
    "sys": "exit maxsize",
    "time": "monotonic perf_counter process_time sleep time",
    "typing": _HINTS,
    "__future__": "annotations",
}


def proxy(name: str, is_own: Callable[[object], bool], register: Callable[[type], type]) -> ModuleType:
    """The named public part of a module. `is_own` knows the program's classes, and `register` is told of those that are
    made for it. Raises ImportError."""
    if name not in ALLOWED:
        raise ImportError(f"{name!r} cannot be imported in the guarded tier; it has {', '.join(ALLOWED)}")
    real = import_module(name)
    # By no name that the library has: `from m import x` falls back on the loaded module "m.x", by the name of `m`.
    made = ModuleType(f"guarded {name}")
    replaced = {"dataclass": _dataclass(is_own, register), "wraps": _wraps}
    for each in ALLOWED[name].split():
        if hasattr(real, each):
            setattr(made, each, replaced.get(each, getattr(real, each)))
    return made


def _dataclass(is_own: Callable[[object], bool], register: Callable[[type], type]) -> Callable[..., Any]:
    """The names of fields become source text, so they must be names; and the class may be another one than before."""
    from dataclasses import dataclass

    def checked(cls: type | None = None, /, **options: Any) -> Any:
        def decorate(given: type) -> type:
            fields = vars(given).get("__annotations__", {})
            # A class of the program's own could show other names the second time that it is asked.
            if not is_own(given) or type(fields) is not dict:
                raise TypeError("a dataclass needs a class of the program's own, with plain annotations")
            for name in fields:
                if type(name) is not str or not name.isidentifier() or name.startswith("__") or keyword.iskeyword(name):
                    raise TypeError("a field of a dataclass needs a plain name")
            return register(dataclass(**options)(given))

        return decorate if cls is None else decorate(cls)

    return checked


def _wraps(wrapped: Any) -> Callable[[Any], Any]:
    """Without the parameters that name attributes, and without `__wrapped__` and `__dict__`."""

    def decorate(wrapper: Any) -> Any:
        for name in ("__name__", "__qualname__", "__doc__"):
            setattr(wrapper, name, getattr(wrapped, name, None))
        return wrapper

    return decorate
