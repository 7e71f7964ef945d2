"""Reading the word lists beside the code: sections of words, of phrases, or of pattern parts.

A list is data: it grows with every message that was misread, and nobody should have to read code
for it.
"""

from pathlib import Path


def sections(path: Path) -> dict[str, list[str]]:
    """Lines of each `[section]`, without comments and empty lines."""
    found: dict[str, list[str]] = {}
    lines = found.setdefault("", [])
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            lines = found.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def word_sets(path: Path) -> dict[str, frozenset[str]]:
    """The words of each section, separated by spaces and line ends."""
    return {
        name: frozenset(word for line in lines for word in line.split())
        for name, lines in sections(path).items()
    }


def patterns(path: Path) -> dict[str, str]:
    """One regular expression for each section: its lines are the alternatives."""
    return {name: "|".join(lines) for name, lines in sections(path).items() if lines}
