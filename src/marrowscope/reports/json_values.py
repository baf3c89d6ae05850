"""Typed reading of the plain JSON values that an Analysis carries."""

from collections.abc import Mapping, Sequence

from marrowscope.analysis import Json, JsonObject


def text(row: JsonObject, key: str) -> str:
    """A string; empty where the key is missing or null."""
    value = row.get(key)
    return "" if value is None else str(value)


def number(row: JsonObject, key: str) -> float | None:
    """A number; None where the key is missing or null. Raises TypeError for anything else."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{key} is {value!r}, expected a number")
    return float(value)


def count(row: JsonObject, key: str) -> int | None:
    """An integer; None where the key is missing or null. Raises TypeError for anything else."""
    value = number(row, key)
    if value is None:
        return None
    if value != int(value):
        raise TypeError(f"{key} is {value!r}, expected a whole number")
    return int(value)


def texts(row: JsonObject, key: str) -> tuple[str, ...]:
    """A list of strings; empty where the key is missing, null or not a list."""
    return tuple(str(one) for one in _items(row, key))


def objects(row: JsonObject, key: str) -> tuple[JsonObject, ...]:
    """A list of objects; empty where the key is missing, null or not a list."""
    return tuple(one for one in _items(row, key) if isinstance(one, Mapping))


def _items(row: JsonObject, key: str) -> Sequence[Json]:
    value = row.get(key)
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
