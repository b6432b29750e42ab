"""docs/attention.md names each cause with its remedy, as the page and the command do."""

import re

from petition.attention.cause_words import WORDS
from petition.attention.sources import SOURCES
from tests.docs.pages import DOCS

ROW = re.compile(r"^\| `([a-z-]+)` \| (.+?) \| (yes)? ?\| (.+?) \|$", re.MULTILINE)


def test_each_cause_is_documented_with_its_remedy_and_no_other() -> None:
    rows = ROW.findall((DOCS / "attention.md").read_text())

    assert rows == [
        (name, WORDS[name].title, "yes" if source.is_urgent else "", WORDS[name].remedy)
        for name, source in SOURCES.items()
    ]
