"""A function of a local module returns a list of that module, which is changed afterwards."""
import lib_state
got = [lib_state.pick(i) for i in range(12)]
got[5].append(9)
print(lib_state.TABLE, got[0], lib_state.RATE)
