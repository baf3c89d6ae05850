"""Class names of a YOLO label set: from `data.yaml`, `classes.txt` or `obj.names`.

Of YAML this much is read: the key `names` at the left margin, followed by a list (`[a, b]`, or
lines that begin with `-`) or by numbered names (`{0: a, 1: b}`, or lines `0: a`), with plain names
or names in quotes, and comments. Anything else in `names` is refused, not guessed.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.label_files import text_of
from marrowscope.slides.file_names import shown

_YAML_FILES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_LIST_FILES = ("classes.txt", "obj.names")
_NAMES_KEY = re.compile(r"""(?:names|'names'|"names")\s*:(?:\s+|$)""")
_QUOTED = r"""'(?:[^']|'')*'|"[^"\\]*\""""
_COMMENT = re.compile(rf"({_QUOTED})|(?:^|(?<=\s))\#.*")
_NUMBER = r"([0-9]{1,9})\s*:\s+"
_IN_FLOW = r"""[^\s,'"\[\]{}&*!|>%@`][^,'"\[\]{}]*"""
_IN_BLOCK = r"""(?!.*:(?:\s|$))[^\s'"\[\]{}&*!|>%@`].*"""
_FLOW_ITEM = re.compile(rf"\s*(?:{_NUMBER})?({_QUOTED}|{_IN_FLOW})\s*(?:,|$)")
_BLOCK_ITEM = re.compile(rf"\s*(?:-\s+|{_NUMBER})({_QUOTED}|{_IN_BLOCK})\s*$")

_Items = list[tuple[int | None, str]]
"""Number, where one is written, and name of each class."""


def class_names(folders: list[Path]) -> Mapping[int, str]:
    """Name by class number, from the first of the folders that has a file of names.

    Raises UnreadableInputError: no such file, or one that cannot be read.
    """
    for folder in folders:
        for file in _YAML_FILES:
            if (folder / file).is_file():
                return _from_yaml(text_of(folder / file, file), file)
        for file in _LIST_FILES:
            if (folder / file).is_file():
                lines = text_of(folder / file, file).splitlines()
                return {n: line.strip() for n, line in enumerate(lines) if line.strip()}
    raise UnreadableInputError(
        f"{shown(folders[0].name)}: the names of the classes are missing; put data.yaml, "
        "classes.txt or obj.names beside the labels or into the folder above"
    )


def _from_yaml(text: str, file: str) -> Mapping[int, str]:
    lines = [_COMMENT.sub(lambda found: found.group(1) or "", line) for line in text.splitlines()]
    for place, line in enumerate(lines):
        key = _NAMES_KEY.match(line)
        if key is not None:
            rest = line[key.end() :].strip()
            below = _indented(lines[place + 1 :])
            items = _flow(" ".join([rest, *below])) if rest else _block(below)
            if not items:
                raise UnreadableInputError(
                    f"{file}, line {place + 1}: names is neither a plain list nor plain numbered "
                    "names; write one name a line, each after a hyphen"
                )
            return {n if number is None else number: name for n, (number, name) in enumerate(items)}
    raise UnreadableInputError(f"{file}: names is missing; list the classes there")


def _indented(lines: list[str]) -> list[str]:
    """The lines up to the next key at the left margin, without empty ones."""
    inside: list[str] = []
    for line in lines:
        if line[:1] not in ("", " ", "-", "]", "}"):
            break
        if line.strip():
            inside.append(line)
    return inside


def _flow(text: str) -> _Items:
    """The items of `[...]` or `{...}`; none where anything else stands there."""
    text = text.strip()
    if text[:1] + text[-1:] not in ("[]", "{}"):
        return []
    inside, numbered = text[1:-1].strip(), text[0] == "{"
    items: _Items = []
    position = 0
    while position < len(inside):
        found = _FLOW_ITEM.match(inside, position)
        if found is None or (found.group(1) is not None) != numbered:
            return []
        items.append(_item(found))
        position = found.end()
    return items


def _block(lines: list[str]) -> _Items:
    found = [_BLOCK_ITEM.match(line) for line in lines]
    items = [_item(match) for match in found if match is not None]
    of_one_sort = len({number is None for number, _ in items}) == 1
    return items if len(items) == len(lines) and of_one_sort else []


def _item(found: re.Match[str]) -> tuple[int | None, str]:
    number, name = found.group(1), found.group(2).strip()
    if name[0] == "'":
        name = name[1:-1].replace("''", "'")
    elif name[0] == '"':
        name = name[1:-1]
    return (None if number is None else int(number)), name
