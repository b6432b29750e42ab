"""Detects telephone and other long numbers in comments, also disguised ones.

A time of day, a date, a year, a ZIP code, a bill's number and a sum of money do not match.
"""

import re

_SPELLED = {
    "zero": "0",
    "oh": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "cero": "0",
    "uno": "1",
    "dos": "2",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
    "seis": "6",
    "siete": "7",
    "ocho": "8",
    "nueve": "9",
}
_DIGIT_WORD = re.compile(rf"\b(?:{'|'.join(_SPELLED)})\b")
_APART = re.compile(r"(?<=\b\d)[ ,.-]{1,2}(?=\d\b)")
# "6I7-555-O142": letters in place of digits, mixed with digits.
_MIXED = re.compile(r"(?<![a-z])[\dilo][\dilo().\s/-]{5,}[\dilo](?![a-z])")
_GAP = r"[\s.()\-_*/~|]{1,3}"
_FREE = r"(?<![\d$.,])"
_CALLS = (
    "call|text|txt|phone|tel|telephone|cell|mobile|whatsapp|signal|sms|fax|ring|llame|llama|llamar"
    "|telefono|celular"
)
_NUMBERS = tuple(
    re.compile(pattern)
    for pattern in (
        # North American, in its usual groups, with or without the country code 1
        rf"{_FREE}(?:1(?:{_GAP})?)?\(?[2-9]\d\d\)?(?:{_GAP})?[2-9]\d\d(?:{_GAP})?\d{{4}}(?!\d)",
        rf"{_FREE}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{2}}{_GAP}?\d{{2}}(?!\d)",
        # without an area code; "123-2024" is an ordinance, and its year is left out
        r"(?<![\d$.,-])[2-9]\d\d[-.](?!(?:19|20)\d\d)\d{4}(?![\d-])",
        # of another country
        r"\+\s?\d(?:[\s.()/-]{0,3}\d){6,}",
        rf"(?<!\d)(?:\d{{2}}{_GAP}){{4}}\d{{2}}(?!\d)",
        # digits one by one
        r"(?<!\d)(?:\d[\s.\-_*/~|]{1,3}){6,}\d(?!\d)",
        # with letters for digits, such as 1-800-NAMES
        rf"(?<!\d)1{_GAP}8(?:00|33|44|55|66|77|88){_GAP}?[a-z0-9][a-z0-9-]{{5,}}",
        # after a word such as "call", or a short code after "text ... to"
        rf"\b(?:{_CALLS})\b\W{{0,4}}(?:[a-z]+\W{{1,3}}){{0,4}}\d(?:[\s.()/-]{{0,3}}\d){{5,}}",
        r"\b(?:text|txt|sms)\W{1,3}(?:\w+\W{1,3}){1,2}to\W{1,3}\d{5,6}\b",
        # an account number, a card number, a social security number
        r"(?<![\d$.,])\d{10,}(?![\d,])",
        rf"(?<!\d)\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?!\d)",
        r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)",
    )
)


def find_number(latin: str) -> bool:
    """Return whether there is a telephone or sensitive number in text from ``make_latin``."""
    spelled = _DIGIT_WORD.sub(lambda found: _SPELLED[found[0]], latin)
    texts = {latin, _MIXED.sub(_read_digits, latin)}
    if spelled != latin:
        texts |= {spelled, _APART.sub("", spelled)}
    return any(pattern.search(text) for text in texts for pattern in _NUMBERS)


def _read_digits(found: re.Match[str]) -> str:
    text = found[0]
    if sum(character.isdigit() for character in text) < 4:
        return text
    return text.translate(str.maketrans("ilo", "110"))
