"""Plain data as bytes and back, for values that cross between people who do not trust each other: no pickles, no code.

Plain are None, bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, arrays (arrays.py), dates,
exact numbers and the like (exact.py), Counter, OrderedDict and deque; by exact type: an object of a subclass is
refused, not flattened. What comes out equals what went in, type by type and bit by bit; which containers were one
object is not kept.

The form is one flat msgpack array of tokens, in the order in which the value is read:

    {"n": 3, "xs": [(1, 2j)]}   →   DICT 2, "n", 3, "xs", LIST 1, TUPLE 2, 1, COMPLEX …
    (1.5, 2.5, 3.5)             →   TUPLE, [1.5, 2.5, 3.5]

A leaf stands for itself. A container is an extension with the number of what follows in it; with no number, all that
it holds are leaves, which follow as one array (a plain list of leaves is just that array). Nothing nests in msgpack
itself, so decoding is one pass in C over a type without depth, then one over the tokens with a limit to it.

`decode` is total: a value, or `BadPlain`. Its memory is bounded by a small multiple of the bytes. Keep it so: look at
counts before anything is built, and build nothing that bytes can name.
"""

from marx.wire.plain.reading import BadPlain as BadPlain
from marx.wire.plain.reading import decode as decode
from marx.wire.plain.tokens import DEPTH_MAX as DEPTH_MAX
from marx.wire.plain.tokens import PLAIN_BYTES_MAX as PLAIN_BYTES_MAX
from marx.wire.plain.tokens import TOKENS_MAX as TOKENS_MAX
from marx.wire.plain.writing import NotPlain as NotPlain
from marx.wire.plain.writing import encode as encode
