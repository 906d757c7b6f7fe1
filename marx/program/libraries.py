"""What is known of library functions, by dotted name: data, no logic. `tables.py` says what an `Effect` is."""

from __future__ import annotations

from marx.program.tables import ALIAS, ATOM, FRESH, Effect, dotted

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
    dotted(
        "numpy",
        (Effect("alias"), _NUMPY_FRESH),
        (Effect("alias", writes=(0,)), "copyto place put putmask fill_diagonal"),
    )
    | dotted(
        "numpy.random",
        (Effect("fresh"), "SeedSequence Generator PCG64 Philox MT19937 SFC64"),
        (
            Effect("fresh", flags=("numpy-random",)),
            "rand randn randint random random_sample choice permutation seed normal uniform standard_normal"
            " poisson binomial exponential get_state set_state",
        ),
        (Effect("fresh", writes=(0,), flags=("numpy-random",)), "shuffle"),
        (Effect("fresh", flags=("entropy",)), "RandomState"),
    )
    | dotted("numpy", (Effect("fresh", flags=("ambient",)), "seterr errstate set_printoptions printoptions"))
    | dotted(
        "random",
        (
            Effect("alias", flags=("random",)),
            "random randint randrange choice choices sample uniform gauss normalvariate expovariate betavariate"
            " gammavariate lognormvariate vonmisesvariate paretovariate weibullvariate triangular getrandbits"
            " randbytes seed getstate setstate binomialvariate",
        ),
        (Effect("alias", writes=(0,), flags=("random",)), "shuffle"),
        (Effect("alias", flags=("entropy",)), "SystemRandom"),
    )
    | dotted("heapq", (Effect("alias", writes=(0,)), "heappush heappop heapify heapreplace heappushpop"))
    | dotted("bisect", (Effect("atom", writes=(0,)), "insort insort_left insort_right"))
    | dotted("struct", (Effect("atom", writes=(1, 2)), "pack_into"))
    | dotted(
        "operator", (Effect("alias", writes=(0,)), "setitem delitem iadd isub imul iand ior ixor iconcat ipow itruediv")
    )
    | dotted("functools", (Effect("fresh", flags=("dynamic",)), "singledispatch update_wrapper singledispatchmethod"))
    | dotted("operator", (Effect("fresh", flags=("dynamic",)), "methodcaller call"))
    | dotted("time", (ATOM, "sleep"))
    | dotted(
        "time",
        (
            Effect("atom", flags=("clock",)),
            "time perf_counter monotonic process_time time_ns perf_counter_ns monotonic_ns process_time_ns localtime"
            " gmtime ctime strftime thread_time",
        ),
    )
    | dotted("datetime", (Effect("atom", flags=("clock",)), "datetime.now datetime.today datetime.utcnow date.today"))
    | dotted("decimal", (Effect("fresh", flags=("ambient",)), "getcontext setcontext localcontext"))
    | dotted("calendar", (Effect("atom", flags=("ambient",)), "setfirstweekday"))
    | dotted("re", (ATOM, "purge"))
    | dotted("array", (FRESH, "array"))
    | dotted("json", (Effect("fresh", writes=(0,)), "load"), (Effect("atom", writes=(1,)), "dump"))
    | dotted(
        "os.path",
        (Effect("atom", flags=("file-read",)), "exists isfile isdir getsize getmtime lexists islink realpath samefile"),
    )
    | dotted("os", (Effect("fresh", flags=("file-read",)), "listdir stat scandir walk access"))
    | dotted(
        "os",
        (
            Effect("atom", flags=("file-write",)),
            "remove unlink rename replace mkdir makedirs rmdir truncate link symlink",
        ),
    )
    | dotted(
        "os",
        (Effect("atom", flags=("process",)), "system popen fork kill _exit abort getpid getppid urandom cpu_count"),
    )
    | dotted("os", (Effect("atom", flags=("environment",)), "getenv getcwd putenv chdir"))
    | dotted("os", (ATOM, "fspath fsencode fsdecode strerror"))
    | dotted("sys", (ATOM, "exit intern getrecursionlimit"), (Effect("atom", flags=("identity",)), "getsizeof"))
    | dotted("sys", (Effect("atom", flags=("ambient",)), "setrecursionlimit set_int_max_str_digits setswitchinterval"))
    | dotted(
        "sys", (Effect("atom", flags=("out",)), "stdout.write stderr.write stdout.flush stderr.flush stdout.writelines")
    )
    | dotted("sys", (Effect("atom", flags=("dynamic",)), "_getframe settrace setprofile exc_info getrefcount"))
    | dotted("uuid", (Effect("fresh", flags=("entropy",)), "uuid1 uuid4"), (FRESH, "UUID uuid3 uuid5"))
    | dotted(
        "secrets", (Effect("atom", flags=("entropy",)), "token_bytes token_hex token_urlsafe randbelow choice randbits")
    )
    | dotted("csv", (FRESH, "writer reader DictReader DictWriter"))
    | dotted("io", (FRESH, "StringIO BytesIO TextIOWrapper"))
    | dotted("gc", (Effect("fresh", flags=("identity",)), "collect get_objects get_referrers"))
    | dotted("logging", (Effect("atom", flags=("log",)), "info debug warning error critical exception log"))
    | dotted(
        "warnings",
        (Effect("atom", flags=("log",)), "warn"),
        (Effect("atom", flags=("ambient",)), "simplefilter filterwarnings"),
    )
    | dotted("locale", (Effect("atom", flags=("ambient",)), "setlocale"))
)
"""Single functions, by dotted name; stronger than `WHOLE_MODULES`."""
