"""A function from a list changes what the closure of the heavy part holds."""
def make():
    state = [1]
    def work(i): return sum(range(i)) * state[0]
    def bump(): state[0] += 1
    return work, bump
work, bump = make()
t = [bump]
for i in range(12):
    print(work(i)); t[0]()
def main():
    state = [1]
    def work(i): return sum(range(i)) * state[0]
    def bump(): state[0] += 1
    t = {"b": bump}
    for i in range(12):
        r = work(i)
        print(r)
        t["b"]()
main()
