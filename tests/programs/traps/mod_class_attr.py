"""Class attributes, globals and default values of a local module were changed before the loop."""
import lib_state
lib_state.Config.rate = 7
lib_state.Config.items.append(4)
def work(i): return lib_state.rate(i)
print([work(i) for i in range(12)])
lib_state.RATE = 5
lib_state.scaled.__defaults__[0].append(1)
def w2(i): return lib_state.scaled(i)
print([w2(i) for i in range(12)])
