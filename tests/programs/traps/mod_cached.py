"""A cache of a module keeps what was true before the script changed what it read, in the module's loops and in its own."""
import lib_cached

print(lib_cached.again(40), [lib_cached.cached(i + 3) for i in range(40)])
lib_cached.FACTOR = 5
print(lib_cached.again(50), [lib_cached.cached(i) for i in range(60)])
setattr(lib_cached, "FACTOR", 7)
print([lib_cached.cached(i) for i in range(40)], lib_cached.again(70))
