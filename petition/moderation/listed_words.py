"""Detects listed words, which require a review before they are printed, also disguised ones.

The file lists one word or phrase a line. ``a|b`` are alternatives, ``*`` ends a stem, ``~`` stands
for up to two words between, ``rot13:`` hides a line from a casual reader of the file.
"""

import codecs
import re
from functools import lru_cache
from pathlib import Path

from petition.core.errors import ConfigurationError

OWN = Path(__file__).with_name("listed_words.txt")
MOST_LINES = 2000
_FORMS = r"[^\W_]+\*?(?:\|[^\W_]+\*?)*"
_LINE = re.compile(rf"{_FORMS}(?:(?: ~)? {_FORMS})*")
# Digits and signs in place of letters. A "1" may be an i or an l: both are tried.
_LEET = (
    str.maketrans("013457@$!", "oieastasi"),
    str.maketrans("013457@$!|", "oleastasll"),
)
_DISGUISED = re.compile(r"(?<=[a-z])[\d@$!|]+(?=[a-z])|(?<=[a-z])[\d@$]|(?<!\w)[@$\d](?=[a-z])")
_SINGLE = re.compile(r"(?<!\w)[a-z](?:[ .*_-]{1,3}[a-z])+(?!\w)")


def find_listed(latin: str, more: Path | None = None) -> bool:
    """Return whether a listed word is in text returned by ``make_latin``.

    - ``more``: a file of further words, from the operator.
    """
    for table in _LEET:
        words = _spell(latin, table)
        if any(pattern.search(words) for pattern in (_load(OWN), _load(more)) if pattern):
            return True
    return False


def check_words(path: Path) -> None:
    """Raise ConfigurationError if a file of listed words cannot be read or has a syntax error."""
    _load(path)


@lru_cache(maxsize=8)
def _load(path: Path | None) -> re.Pattern[str] | None:
    if path is None:
        return None
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "PETITION_COMMENT_WORDS", f"cannot be read as UTF-8: {type(error).__name__}"
        ) from error
    phrases = []
    for number, line in enumerate(lines, 1):
        phrase = " ".join(line.partition("#")[0].lower().split())
        if phrase.startswith("rot13:"):
            phrase = codecs.decode(phrase.removeprefix("rot13:").strip(), "rot13")
        if phrase:
            phrases.append(_compile(phrase, number))
    if len(phrases) > MOST_LINES:
        raise ConfigurationError("PETITION_COMMENT_WORDS", f"has more than {MOST_LINES} lines")
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)") if phrases else None


def _compile(phrase: str, number: int) -> str:
    if not _LINE.fullmatch(phrase):
        raise ConfigurationError(
            "PETITION_COMMENT_WORDS",
            f"line {number}: words with single blanks, a|b, a stem*, or ~ between words",
        )
    pattern, joint = "", ""
    for token in phrase.split():
        if token == "~":  # noqa: S105 - not a secret
            joint = r"(?: ?| (?:\w+ ){1,2})"
            continue
        forms = "|".join(_match_repeats(form) for form in token.split("|"))
        pattern += f"{joint}(?:{forms})"
        joint = " ?"
    return pattern


def _match_repeats(form: str) -> str:
    """Return a pattern that matches a form with any of its letters repeated further."""
    stem = form.rstrip("*")
    runs = re.findall(r"((.)\2*)", stem)
    pattern = "".join(f"{re.escape(letter)}{{{len(run)},}}" for run, letter in runs)
    return pattern + (r"\w*" if form.endswith("*") else "")


def _spell(latin: str, table: dict[int, int]) -> str:
    spelled = _DISGUISED.sub(lambda found: found[0].translate(table), latin)
    joined = _SINGLE.sub(lambda found: re.sub(r"[^a-z]", "", found[0]), spelled.replace("'", ""))
    return " ".join(re.split(r"[\W_]+", joined))
