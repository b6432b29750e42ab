"""Campaign text as plain text for an e-mail: the same Markdown, with the same values put in."""

import re
from collections.abc import Mapping, Sequence

from markdown_it.token import Token

from petition.letters.markup import parse_markdown

RULE = "* * *"
_STEP = "    "
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}
_BLANK_LINES = re.compile(r"\n{3,}")


def write_plain(text: str, values: Mapping[str, str], quotes: str) -> str:
    """Return ``text`` as paragraphs with a blank line between; lists keep numbers and dashes.

    - Emphasis has no mark of its own; a quotation is indented by "> ".
    - Raises as ``render_markdown`` does.
    """
    writer = _Writer()
    for token in parse_markdown(text, values, quotes):
        writer.take(token)
    return _BLANK_LINES.sub("\n\n", "\n".join(writer.lines)).strip("\n")


class _Writer:
    """The lines so far, and how the next is begun."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._numbers: list[int | None] = []  # of each open list; None where it has dashes
        self._mark = ""
        self._quotes = 0
        self._tight = False

    def take(self, token: Token) -> None:
        """Add what a token says."""
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrGet("start") or 1) if kind.startswith("ordered") else None
            self._numbers.append(start)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._numbers.pop()
            self._end()
        elif kind == "list_item_open":
            self._begin_item()
        elif kind in ("blockquote_open", "blockquote_close"):
            self._quotes += 1 if kind.endswith("open") else -1
        elif kind == "hr":
            self.lines += [RULE, ""]
        elif kind == "paragraph_open":
            self._tight = token.hidden
        elif kind == "inline":
            self._write(_read_inline(token.children or []))

    def _begin_item(self) -> None:
        number = self._numbers[-1]
        self._mark = "- " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1

    def _write(self, text: str) -> None:
        depth = len(self._numbers)
        mark = self._mark.rjust(len(_STEP)) if self._mark else _STEP
        indent = _STEP * max(depth - 1, 0) + (mark if depth else "")
        quote = "> " * self._quotes
        first, *rest = text.split("\n")
        self.lines.append(f"{quote}{indent}{first}".rstrip())
        after = _STEP * depth
        self.lines += [f"{quote}{after}{line}".rstrip() for line in rest]
        self._mark = ""
        if not (depth and self._tight):
            self._end()

    def _end(self) -> None:
        self.lines.append("")


def _read_inline(tokens: Sequence[Token]) -> str:
    return "".join(_BREAKS.get(token.type, token.content) for token in tokens).replace(
        "\u00a0", " "
    )
