"""A function of a local module counts its calls in a global of that module."""
import lib_state
from lib_state import hit
print([hit(i) for i in range(12)], lib_state.HITS)
