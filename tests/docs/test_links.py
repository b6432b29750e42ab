"""Links between the documents, and to the files of the project, lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
REFERENCE = re.compile(r"^\[[^\]]+\]: (\S+)$", re.M)
CODE = re.compile(r"```.*?```", re.S)
HEADING = re.compile(r"^#+ (.+)$", re.M)
# A path of the project in backticks, as checklists have them.
TO_BE_MADE = {"migrations/versions/0003_what_it_does.py"}  # an example in a checklist
NAMED = re.compile(r"`((?:petition|workers|templates|migrations|tests|docs|scripts)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_internal_link_leads_somewhere(page: Path) -> None:
    text = CODE.sub("", page.read_text("utf-8"))
    broken = []
    for link in [*LINK.findall(text), *REFERENCE.findall(text)]:
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in list_anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = NAMED.findall(page.read_text("utf-8"))

    assert {path for path in named if not (ROOT / path).exists()} - TO_BE_MADE == set()


def test_nothing_points_into_somebodys_machine() -> None:
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp|Users)/", page.read_text("utf-8"))


def list_anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(CODE.sub("", page.read_text("utf-8")))
    }
