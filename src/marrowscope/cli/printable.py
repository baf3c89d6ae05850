"""Text that a terminal shows and does not obey."""


def printable(text: str) -> str:
    """The text with control characters, which names of files may hold, shown as "?"."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)
