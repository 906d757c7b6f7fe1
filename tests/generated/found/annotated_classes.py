"""Annotations hold objects of `typing`, and travel with their classes."""

from dataclasses import dataclass, field
from typing import Callable, Dict, Generic, List, Literal, Optional, Tuple, TypeVar, Union

T = TypeVar("T")
Number = TypeVar("Number", int, float)
Pair = Tuple[int, Optional[str]]


@dataclass
class Item(Generic[T]):
    n: int
    label: Optional[str] = None
    parts: List[int] = field(default_factory=list)
    kind: Literal["a", "b"] = "a"
    other: "int | None" = None
    rate: int | float = 1
    table: Dict[str, Tuple[int, ...]] = field(default_factory=dict)
    call: Optional[Callable[[int], int]] = None


class Plain:
    seen: Union[int, str, None] = None
    pair: Pair = (1, None)
    names: list[str] = []

    def total(self, values: list[Number]) -> Number:
        return sum(values)


def heavy(item: Item) -> Optional[int]:
    total, rest = 0, []
    for k in range(400):
        total += k * item.n % 7
        rest.append(total % 11)
    return total + sum(rest) + Plain().total([item.n])


items = [Item(n, label=str(n), parts=[n]) for n in range(12)]
for item in items:
    print(item.label, heavy(item))


def with_settings(settings):
    size, found = settings["size"], []
    for k in range(300):
        found.append(k * size % 13)
    return sum(found)


for settings in [{"size": n} for n in range(12)]:
    print(with_settings(settings))
made = [Item(n, parts=[heavy(Item(n))]) for n in range(8)]
print([one.parts for one in made], made[0] == Item(0, parts=[heavy(Item(0))]), Item.__annotations__["label"])
