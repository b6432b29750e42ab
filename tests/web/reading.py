"""What a person can read: of a page in one language, and of a template before it is drawn."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from babel.messages.catalog import Catalog
from jinja2 import Environment

# Attributes that are read out or shown, and the meta elements that others show.
SPOKEN = ("aria-label", "alt", "title", "placeholder")
SHOWN_META = ("description", "og:title", "og:description")
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
UNREAD = frozenset(("script", "style"))
PARTS = re.compile(r"%\(\w+\)s|<[^>]+>")
LETTERS = re.compile(r"[^\W\d_]{2,}")
# What a macro writes into a tag or as an address.
MACHINERY = re.compile(r'[\w-]+="[^"]*"|(?<!\S)/\S*')
TRANSLATING = frozenset(("_", "gettext", "ngettext"))
HOLE = "\ufffc"  # in the place of what a template fills in
TRIVIAL = 12  # a piece of a message this short may stand in any language


class _Reader(HTMLParser):
    """Collects what is read, element by element; ``language``: None for all of it."""

    def __init__(self, language: str | None, unread: frozenset[str] = UNREAD) -> None:
        super().__init__()
        self.language = language
        self.unread = unread
        self.open: list[tuple[str, str | None]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        language = found.get("lang") or (self.open[-1][1] if self.open else self.language)
        self.open.append((tag, language))
        for name in SPOKEN:
            self.handle_data(found.get(name) or "")
        if (found.get("name") or found.get("property")) in SHOWN_META:
            self.handle_data(found.get("content") or "")
        if tag in VOID:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open:
            language = self.open[-1][1]
            if any(tag in self.unread for tag, _ in self.open) or language != self.language:
                return
        self.words.append(data)


def read_page(html: str, language: str) -> str:
    """Return what a page says in a language: what is marked as being in another is left out."""
    reader = _Reader(language)
    reader.feed(html)
    reader.close()
    return " ".join(" ".join(reader.words).split())


def list_pieces(catalogue: Catalog) -> dict[str, str]:
    """Return the English between the placeholders of each message, by itself, with its message.

    - Left out: what is too short to be sure of, and what its translation holds as well.
    """
    found = {}
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        for one in ids:
            for piece in map(str.strip, PARTS.split(one)):
                if len(piece) > TRIVIAL and not any(piece in words for words in said):
                    found[" ".join(piece.split())] = one
    return found


def list_untranslated(source: str, names: frozenset[str]) -> list[str]:
    """Return what a template says by itself and not through the catalogue, but for ``names``.

    - Text between the tags, and attributes that are read; strings that an expression shows.
    """
    reader = _Reader(None, UNREAD | {"code"})
    reader.feed("".join(_drain(source)))
    reader.close()
    written = (MACHINERY.sub(" ", piece) for piece in reader.words)
    found = [word for piece in written for word in LETTERS.findall(piece) if word not in names]
    return found + [words for words in _list_strings(source) if words not in names]


def _drain(source: str) -> Iterator[str]:
    """Yield a template's own text, with a hole for whatever stands between its braces."""
    for _, kind, value in Environment().lex(source):
        if kind == "data":
            yield value
        elif kind == "variable_begin":
            yield HOLE


def _list_strings(source: str) -> Iterator[str]:
    """Yield the strings that read like words, outside of what translates them."""
    calls: list[str] = []
    before, shown = "", False
    for _, kind, value in Environment().lex(source):
        if kind in ("whitespace", "data", "comment"):
            continue
        if kind in ("variable_begin", "variable_end"):
            shown = kind == "variable_begin"
        elif kind == "operator" and value in "([{":
            calls.append(before)
        elif kind == "operator" and value in ")]}":
            calls.pop()
        elif kind == "string" and not TRANSLATING & set(calls):
            bare = shown and not calls and before not in ("==", "!=", "in")
            if _reads_like_words(value[1:-1], bare):
                yield value[1:-1]
        before = value


def _reads_like_words(value: str, bare: bool) -> bool:
    """Return whether a string is meant to be read; a lone word that is not shown may be a key."""
    if bare:
        return bool(re.search(r"[^\W\d_]", value))
    if re.search(r"[/=<%#]", value):
        return False
    return bool(re.match(r"[A-Z][a-z]", value) or re.search(r"[a-z],? [a-z]", value))
