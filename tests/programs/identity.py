"""Results that are compared by identity, and objects that are returned as themselves and changed afterwards."""

DEFAULT = ["default"]
players = [{"name": f"p{i}", "score": i * 7 % 11} for i in range(12)]
MISSING = object()


def pick(k):
    total = 0
    for i in range(40_000):
        total = (total + i * k) % 10_007
    if total % 4 == 0:
        return DEFAULT
    if total % 4 == 1:
        return MISSING
    return players[total % len(players)]


picked = [pick(k) for k in range(60)]
print(sum(p is DEFAULT for p in picked), sum(p is MISSING for p in picked), sum(p is players[3] for p in picked))
for p in picked:
    if isinstance(p, dict):
        p["score"] += 1
DEFAULT.append("changed")
print(players)
print(next(p for p in picked if isinstance(p, list)))

big = [10**20 + k for k in range(50)]
kept = [max(big, key=lambda n: sum(n * i % (k + 2) for i in range(1000))) for k in range(40)]
print(sum(any(n is b for b in big) for n in kept), len({id(n) for n in kept}) == len(set(kept)))
