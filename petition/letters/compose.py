"""Composes the HTML of a letter from its content, with the same code for preview and print."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from petition.core.paths import find_templates
from petition.letters.content import Comment, LetterContent, PageSize, RenderPurpose, Signer
from petition.letters.letter_wording import LetterWording, find_wording
from petition.letters.markup import render_markdown
from petition.letters.merge import fill_merge_fields, read_merge_values
from petition.letters.printed_text import (
    clean_line,
    clean_name,
    clean_paragraphs,
    has_right_to_left,
    reads_right_to_left,
)
from petition.letters.qr import draw_qr

ANCHOR = "open-letter"  # the id of the part that follows the cover
WINDOW_LINES = 6  # of 12.5 pt, visible in an envelope's window

_MARKS = '"“”„«»'  # quotation marks
_ON_EVERY_PAGE = ("language", "paper", "check", "watermark")
_PAPER = {PageSize.LETTER: "us-letter", PageSize.A4: "a4"}


@dataclass(frozen=True, slots=True)
class Composition:
    """A letter's HTML in two parts: the cover is for one post only, the rest may be shared.

    - Two compositions whose ``key`` is equal differ on their cover pages only.
    """

    cover: Markup
    shared: Markup
    frame: dict[str, Any]

    @property
    def key(self) -> tuple[str, ...]:
        """All values that the pages after the cover depend on."""
        return (self.shared, *(self.frame[part] for part in _ON_EVERY_PAGE))

    def write_whole(self) -> str:
        """Return the document with all its pages."""
        return self._write(shared=self.shared, pages=None)

    def write_cover(self, pages: int) -> str:
        """Return the document of the cover alone, with ``pages`` as the total in its footer."""
        return self._write(shared=Markup(), pages=pages)

    def _write(self, shared: Markup, pages: int | None) -> str:
        template = open_templates().get_template("letter.html")
        return template.render(self.frame, cover=self.cover, shared=shared, pages=pages)


def compose(content: LetterContent, purpose: RenderPurpose = RenderPurpose.PRINT) -> Composition:
    """Return the HTML of one letter.

    - All text is escaped; campaign text is cleaned Markdown; names and comments are cleaned lines.
    - Raises MergeFieldRefused for a merge field that does not exist.
    """
    words = find_wording(content.language)
    values = read_merge_values(content, words)
    return Composition(
        cover=_compose_cover(content, words, values),
        shared=_compose_shared(content, words, values),
        frame=_compose_frame(content, words, purpose),
    )


@lru_cache(maxsize=1)
def open_templates() -> Environment:
    """Return the Jinja environment of letters, which needs no request and escapes everything."""
    return Environment(
        loader=FileSystemLoader(find_templates() / "letter"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _compose_frame(
    content: LetterContent, words: LetterWording, purpose: RenderPurpose
) -> dict[str, Any]:
    campaign, post = clean_line(content.campaign_title), clean_line(content.addressee.post)
    title = words.title.format(
        code=content.code,
        post=post,
        district=content.district.name.removeprefix("the "),
        campaign=campaign,
    )
    return {
        "language": words.language,
        "title": title,
        "description": words.open_letter.format(place=content.district.place),
        "organization": content.organization,
        "dated": content.dated.isoformat(),
        "paper": _PAPER[content.page_size],
        "words": words,
        "check": words.check.format(code=content.code, url=_show_url(content.verify_url)),
        "watermark": words.preview if purpose is RenderPurpose.PREVIEW else "",
    }


def _compose_cover(content: LetterContent, words: LetterWording, values: dict[str, str]) -> Markup:
    addressee, place = content.addressee, content.district.place
    people, total = words.count_people(content.count), words.count_people(content.total)
    lead = words.lead_first if content.total <= content.count else words.lead_further
    places = _rank_places(content.signers)
    bill = content.bill
    url = _show_url(content.verify_url)
    window = [addressee.name, addressee.post, *addressee.address]
    return Markup(  # noqa: S704 - the template escapes
        open_templates()
        .get_template("cover.html")
        .render(
            bookmark=addressee.name or addressee.post,
            organization=content.organization,
            web=_show_url(content.organization.web or ""),
            date=words.date(content.dated),
            window=[clean_line(line) for line in window if line][:WINDOW_LINES],
            words=words,
            bill=", ".join(filter(None, (bill.number, bill.title))) if bill else "",
            topic=fill_merge_fields(content.topic or content.campaign_title, values),
            salutation=clean_line(addressee.salutation).rstrip(" ,:") + words.salutation_end,
            lead=lead.format(
                since=words.date(content.since),
                people=people,
                total=total,
                count=words.number(content.count),
                place=place,
            ),
            places=words.list_places(places),
            facts=_list_facts(content, words, len(places)),
            opening=render_markdown(content.opening, values, words.quotes),
            verify=words.verify.format(url=url),
            qr=draw_qr(content.verify_url, words.qr.format(url=url)),
            code=content.code,
        )
    )


def _list_facts(content: LetterContent, words: LetterWording, places: int) -> list[tuple[str, str]]:
    """Return the key figures for an office, each with a label."""
    facts = [(words.number(content.count), words.fact_names)]
    if content.total > content.count:
        meaning = words.fact_total.format(district=content.district.name)
        facts.append((words.number(content.total), meaning))
    if places > 1:
        facts.append((words.number(places), words.fact_places))
    facts.append((words.date(content.since), words.fact_since))
    return facts


def _compose_shared(content: LetterContent, words: LetterWording, values: dict[str, str]) -> Markup:
    last = max((signer.number for signer in content.signers), default=1)
    return Markup(  # noqa: S704 - the template escapes
        open_templates()
        .get_template("open_letter.html")
        .render(
            words=words,
            kicker=words.open_letter.format(place=content.district.place),
            campaign_title=content.campaign_title,
            body=render_markdown(content.body, values, words.quotes),
            closing=render_markdown(content.closing, values, words.quotes),
            signed_note=words.signed_note.format(
                people=words.count_people(content.count), district=content.district.name
            ),
            signers=[_show_signer(signer) for signer in content.signers],
            digits=min(max(2, len(str(last))), 7),
            comments=[_show_comment(comment, words) for comment in content.comments],
            unprinted=words.count_unprinted(content.unprinted, bool(content.comments)),
        )
    )


def _show_signer(signer: Signer) -> dict[str, Any]:
    return {
        "number": signer.number,
        "name": isolate(clean_name(signer.name)),
        "locality": isolate(clean_line(signer.locality)),
    }


def _show_comment(comment: Comment, words: LetterWording) -> dict[str, Any]:
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


def isolate(text: str) -> str | Markup:
    """Return ``text``, in its own element if it could change the direction of its neighbours.

    - Only then, since each element of a line costs as much layout time as the line itself.
    """
    if not has_right_to_left(text):
        return text
    direction = "rtl" if reads_right_to_left(text) else "ltr"
    return Markup('<bdi dir="{}">{}</bdi>').format(direction, text)


def _rank_places(signers: Sequence[Signer]) -> list[str]:
    """Return the signers' localities by their number of signers, the most first; then by name."""
    counts = Counter(clean_line(signer.locality) for signer in signers)
    counts.pop("", None)
    return sorted(counts, key=lambda place: (-counts[place], place))


def _show_url(url: str) -> str:
    return url.removeprefix("https://").removeprefix("http://")
