"""Text for a terminal: names that it does not obey, numbers with their nouns."""


def printable(text: str) -> str:
    """The text with control characters, which names of files may hold, shown as "?"."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)


def counted(n: int, what: str) -> str:
    """A number and its noun: "1 entry", "3 entries"."""
    if n == 1:
        return f"1 {what}"
    return f"{n} {what[:-1]}ies" if what.endswith("y") else f"{n} {what}s"
