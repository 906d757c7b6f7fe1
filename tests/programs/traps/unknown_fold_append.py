"""A function from a dict lets the list grow that the loop iterates over."""
work_list = list(range(10))
def grow(x):
    if len(work_list) < 20: work_list.append(x)
table = {"b": grow}
def work(i):
    return sum(range(i))
for w in work_list:
    r = work(w)
    table["b"](r % 5)
    print(w, r)
