"""What a letter prints of its signers: their names, their towns, and words of their own."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from petition.letters.content import Comment, Signer
from petition.letters.printed_text import (
    clean_line,
    clean_name,
    clean_paragraphs,
    has_right_to_left,
    reads_right_to_left,
)
from petition.letters.words.wording import LetterWording

_MARKS = '"“”„«»'  # quotation marks


def rank_towns(signers: Sequence[Signer]) -> list[tuple[str, int]]:
    """Return the signers' towns with their number of signers, the most first.

    - Of as many by name, without regard to accents and capitals: "Ávila" is before "Boston".
    """
    counts = Counter(clean_line(signer.locality) for signer in signers)
    counts.pop("", None)
    return sorted(counts.items(), key=lambda town: (-town[1], _sort_key(town[0]), town[0]))


def _sort_key(town: str) -> str:
    bare = (
        sign for sign in unicodedata.normalize("NFKD", town) if unicodedata.combining(sign) == 0
    )
    return "".join(bare).casefold()


def write_entry(signer: Signer) -> str:
    """Return a signer's name and town as one line of plain text."""
    return ", ".join(filter(None, (clean_name(signer.name), clean_line(signer.locality))))


def show_signer(signer: Signer) -> dict[str, Any]:
    """Return the parts of a signer's line for the template."""
    return {
        "number": signer.number,
        "name": isolate(clean_name(signer.name)),
        "locality": isolate(clean_line(signer.locality)),
    }


def show_comment(comment: Comment, words: LetterWording) -> dict[str, Any]:
    """Return the parts of a comment for the template."""
    paragraphs = clean_paragraphs(comment.text)
    parts = clean_name(comment.name), clean_line(comment.locality)
    who = [isolate(part) for part in parts if part]
    if comment.others:
        who.append(words.count_same(comment.others))
    return {
        "paragraphs": _quote(paragraphs, words.quotes),
        "rtl": bool(paragraphs) and reads_right_to_left(paragraphs[0]),
        "by": Markup(", ").join(who),
    }


def isolate(text: str) -> str | Markup:
    """Return ``text``, in its own element if it could change the direction of its neighbors.

    - Only then, since each element of a line costs as much layout time as the line itself.
    """
    if not has_right_to_left(text):
        return text
    direction = "rtl" if reads_right_to_left(text) else "ltr"
    return Markup('<bdi dir="{}">{}</bdi>').format(direction, text)


def _quote(paragraphs: Sequence[str], quotes: str) -> list[str]:
    """Return paragraphs in quotation marks, without doubling the marks of a quoted text.

    - Each paragraph has an opening mark, only the last a closing one.
    """
    if not paragraphs:
        return []
    if len(paragraphs) == 1 and len(paragraphs[0]) > 1 and paragraphs[0][0] in _MARKS:
        inner = paragraphs[0][1:-1]
        if paragraphs[0][-1] in _MARKS and not set(inner) & set(_MARKS):
            paragraphs = (inner.strip(),)
    opened = [f"{quotes[0]}{paragraph}" for paragraph in paragraphs]
    return [*opened[:-1], f"{opened[-1]}{quotes[1]}"]
