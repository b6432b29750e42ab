"""The hundred payloads, and what a browser makes of a page: its elements and what they say."""

from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

import tinyhtml5

from petition.validation.names import NameRefused, read_name
from tests.letters.test_payloads import PAYLOADS

ADDRESSES = frozenset(("action", "content", "formaction", "href", "src", "srcset", "xlink:href"))
SCHEMES = ("https:", "http:", "mailto:", "sms:", "/", "?", "#")
# A text that may hold merge fields is refused with anything else in double braces.
MARKDOWN = "\n\n".join(payload for payload in PAYLOADS if "{{" not in payload)
ALL = " ".join(PAYLOADS)


def passes_for_a_name(payload: str) -> bool:
    """Return whether the form takes a payload as a name: most hold a number or an address."""
    try:
        return read_name(payload) == payload
    except NameRefused:
        return False


def pack(longest: int, payloads: Iterable[str] = PAYLOADS) -> list[str]:
    """Return the payloads in order, as many to a text as it may be long."""
    packs = [""]
    for payload in payloads:
        if len(packs[-1]) + 1 + len(payload) > longest:
            packs.append("")
        packs[-1] = f"{packs[-1]} {payload}".strip()
    return packs


class Seen:
    """A page as a browser reads it, by the rules of HTML and not by a search for brackets.

    - ``built``: how often there is each element with just these attributes; a comment is one too.
    - ``said``: its text and what stands in its attributes, with single spaces.
    """

    def __init__(self, html: str) -> None:
        tree = tinyhtml5.parse(html, namespace_html_elements=False)
        self.built = Counter(map(_describe, tree.iter()))
        self.said = " ".join(" ".join(_read(tree)).split())
        self.addresses = [
            value
            for element in tree.iter()
            for name, value in element.attrib.items()
            if name in ADDRESSES and element.tag != "meta"
        ]

    def leads_astray(self) -> list[str]:
        """Return the addresses that are neither ours nor a plain link."""
        return [value for value in self.addresses if value and not value.startswith(SCHEMES)]


def _describe(element: Element) -> tuple[str, ...]:
    # What is no element (a comment, an instruction) has a function for its tag.
    tag = element.tag if isinstance(element.tag, str) else "comment"
    return (tag, *sorted(map(str, element.attrib)))


def _read(tree: Element) -> Iterator[str]:
    for element in tree.iter():
        yield from element.attrib.values()
        yield element.text or ""
        yield element.tail or ""
