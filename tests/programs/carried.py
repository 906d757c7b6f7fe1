"""Each step needs the one before: a simulation, a running maximum that decides, a queue that grows."""


def step(state, k):
    for _ in range(30_000):
        state = (state * state + k) % 1_000_003
    return state


state = 2
for k in range(60):
    state = step(state, k)
print(state)

best = 0
for k in range(60):
    if k > best % 7:
        best = max(best, step(k, best))
print(best)

queue = [5]
for item in queue:
    if len(queue) < 60:
        queue.append(step(item, len(queue)))
print(queue[-1], len(queue))
