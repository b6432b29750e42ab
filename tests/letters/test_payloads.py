"""A hundred payloads in every text of a letter: no live tag, no evaluated expression (FAULTS 7)."""

from html.parser import HTMLParser
from itertools import product

import pytest

from petition.campaigns.problem_codes import DefinitionProblem
from petition.letters.compose import compose
from petition.letters.content import (
    Comment,
    LetterAddressee,
    LetterContent,
    LetterDistrict,
    LetterOrganization,
    Signer,
)
from petition.letters.letter_problems import LetterProblem
from petition.letters.merge import MergeFieldRefused
from petition.letters.render import render_letter
from tests.letters.samples import make_content, read_text

SEEDS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<b>bold</b>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "<!-- comment -->",
    "<![CDATA[x]]>",
    "<?php echo 7*7 ?>",
    "<style>p{display:none}</style>",
    "<meta name=author content=evil>",
    "<title>evil</title>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\x3cscript\x3e",
    "＜script＞alert(1)＜/script＞",
    "{% for x in [1] %}evaluated{{ x }}{% endfor %}",
    "{% raw %}{{ 7*7 }}{% endraw %}",
    "{# comment #}",
    "{{ 7*7 }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ config.items() }}",
    "${7*7} #{7*7} <%= 7*7 %> *{7*7}",
    "%(count)s %s {0} {count}",
    "=1+1",
)
WRAPPERS = ("{}", '">{}', "'>{}", "</li></p></blockquote></div>{}")
PAYLOADS = [wrapper.replace("{}", seed) for seed, wrapper in product(SEEDS, WRAPPERS)]


class Tags(HTMLParser):
    """What a browser would see in a document: elements, the names of attributes, addresses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.comments = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src"):
                self.addresses.add(value or "")

    def handle_comment(self, data: str) -> None:
        self.comments += 1

    def handle_pi(self, data: str) -> None:
        self.comments += 1

    def unknown_decl(self, data: str) -> None:
        self.comments += 1


def make_people(payload: str) -> LetterContent:
    """A letter in which everything that a signer or a roster gives is the payload."""
    return make_content(
        organization=LetterOrganization(payload, (payload,), payload, payload),
        campaign_title=payload,
        district=LetterDistrict(payload, payload, payload),
        addressee=LetterAddressee(payload, (payload,), payload, payload),
        signers=(Signer(1, payload, payload),),
        comments=(Comment(payload, payload, payload),),
        body="**Text** with {{ campaign.title }} and {{ addressee.name }}.",
        opening="{{ district.place }}",
        topic="{{ organization.name }}",
        total=1,
    )


PLAIN = Tags(compose(make_people("plain")).write_whole())


def test_there_are_a_hundred_of_them() -> None:
    assert len(set(PAYLOADS)) >= 96  # two seeds are the same characters on purpose


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_anything_people_give_stays_text(payload: str) -> None:
    seen = Tags(compose(make_people(payload)).write_whole())

    assert seen.elements == PLAIN.elements
    assert seen.attributes == PLAIN.attributes
    assert seen.addresses == PLAIN.addresses
    assert seen.comments == 0


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_the_campaigns_text_stays_text_or_is_refused(payload: str) -> None:
    content = make_content(body=payload, opening=payload, closing=payload)
    plain = Tags(compose(make_content(body="x", opening="x", closing="x")).write_whole())

    try:
        seen = Tags(compose(content).write_whole())
    except MergeFieldRefused as refused:
        assert "{{" in payload
        assert refused.problem.code in {*DefinitionProblem, LetterProblem.MERGE_FIELD_UNREAD}
        return

    assert seen.elements <= plain.elements | {"a", "em"}
    assert seen.addresses == plain.addresses
    assert seen.comments == 0


def test_expressions_reach_the_paper_as_they_were_typed() -> None:
    typed = "{{ 7*7 }} {% if 1 %} ${7*7} %(count)s {0}"
    content = make_content(
        signers=(Signer(1, typed, "Lowell"),), comments=(Comment(typed, "", typed),), total=1
    )

    text = read_text(render_letter(content).pdf)

    assert text.count(typed) == 3
    assert "49" not in text
