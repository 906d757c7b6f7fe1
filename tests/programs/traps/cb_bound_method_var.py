"""A method is read from an object first and called later; it changes a global."""
N = 0
class A:
    def bump(self):
        global N
        N += 1
        return N
def g(o):
    f = o.bump
    f()
    return 1
print([g(A()) for _ in range(20)], N)
