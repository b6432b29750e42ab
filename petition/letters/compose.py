"""Composes the HTML of a letter from its content, with the same code for preview and print."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from petition.letters.content import LetterContent, PageSize, RenderPurpose
from petition.letters.cover import compose_cover, show_url
from petition.letters.layout.name_columns import (
    APPENDIX_FROM,
    KEPT_UP_TO,
    choose_columns,
    measure_comments,
)
from petition.letters.layout.text_measure import SANS, shorten
from petition.letters.letter_templates import fill_template
from petition.letters.letter_wording import find_wording
from petition.letters.markup import render_markdown
from petition.letters.merge import prepare_text, read_merge_values
from petition.letters.printed_text import clean_line
from petition.letters.signer_markup import rank_towns, show_comment, show_signer, write_entry
from petition.letters.words.places import PlaceWords, say_place
from petition.letters.words.wording import LetterWording

ANCHOR = "open-letter"  # the id of the part that follows the cover

_ON_EVERY_PAGE = ("language", "paper", "check", "watermark")
_PAPER = {PageSize.LETTER: "us-letter", PageSize.A4: "a4"}
_LONG_TITLE = 120  # characters: three lines of the title
_RUNNING = 3.6 * 72, 8.0  # points: the width of the running head's first part, and its type


@dataclass(frozen=True, slots=True)
class Composition:
    """A letter's HTML in two parts: the cover is for one post only, the rest may be shared.

    - Two compositions whose ``key`` is equal differ on their cover and in their running heads.
    """

    cover: Markup
    shared: Markup
    frame: dict[str, Any]

    @property
    def key(self) -> tuple[str, ...]:
        """All values that the pages after the cover depend on, but for their running heads."""
        return (self.shared, *(self.frame[part] for part in _ON_EVERY_PAGE))

    def write_whole(self) -> str:
        """Return the document with all its pages."""
        return fill_template("letter.html", **self.frame, cover=self.cover, shared=self.shared)

    def write_cover(self, pages: int) -> str:
        """Return the document of the cover and ``pages`` empty ones, for their running heads."""
        blank = Markup('<div class="blank"></div>') * pages
        return fill_template("letter.html", **self.frame, cover=self.cover, shared=blank)


def compose(
    content: LetterContent,
    purpose: RenderPurpose = RenderPurpose.PRINT,
    *,
    compact: bool = False,
) -> Composition:
    """Return the HTML of one letter.

    - ``compact``: in smaller type, for a letter of a few names that would take three pages.
    - All text is escaped; campaign text is cleaned Markdown; names and comments are cleaned lines.
    - Raises MergeFieldRefused for a merge field that does not exist.
    """
    words = find_wording(content.language)
    values = read_merge_values(content, words)
    return Composition(
        cover=compose_cover(content, words, values),
        shared=_compose_shared(content, words, values, compact),
        frame=_compose_frame(content, words, purpose) | {"compact": compact},
    )


def _compose_frame(
    content: LetterContent, words: LetterWording, purpose: RenderPurpose
) -> dict[str, Any]:
    campaign, post = clean_line(content.campaign_title), clean_line(content.addressee.post)
    width, size = _RUNNING
    return {
        "language": words.language,
        "title": words.title.format(
            code=content.code,
            post=post,
            district=say_place(content.district.name, words.language).name,
            campaign=campaign,
        ),
        "description": words.open_letter.format(of=_say_district(content, words).of),
        "organization": content.organization,
        "dated": content.dated.isoformat(),
        "date": words.date(content.dated),
        "running": shorten(clean_line(content.addressee.name or "") or post, size, width, SANS),
        "paper": _PAPER[content.page_size],
        "page": words.page.partition("{number}")[0],
        "of": words.page.partition("{number}")[2].partition("{pages}")[0],
        "check": words.check.format(code=content.code, url=show_url(content.verify_url)),
        "watermark": words.preview if purpose is RenderPurpose.PREVIEW else "",
    }


def _say_district(content: LetterContent, words: LetterWording) -> PlaceWords:
    return say_place(content.district.name, words.language, content.district.state)


def _compose_shared(
    content: LetterContent, words: LetterWording, values: dict[str, str], compact: bool
) -> Markup:
    of = say_place(content.district.name, words.language).of
    residents = words.count_residents(content.count, of)
    appendix = content.count >= APPENDIX_FROM
    below = words.signers_appendix if appendix else words.signers_below
    note = words.summary_note if appendix else words.signed_note
    closing = render_markdown(prepare_text(content.closing, content), values, words.quotes)
    return fill_template(
        "open_letter.html",
        words=words,
        kicker=words.open_letter.format(of=_say_district(content, words).of),
        campaign_title=content.campaign_title,
        is_title_long=len(content.campaign_title) > _LONG_TITLE,
        body=render_markdown(prepare_text(content.body, content), values, words.quotes),
        closing=closing or Markup("<p>{}</p>").format(words.respectfully),
        below=below.format(residents=residents),
        sent_by=words.sent_by.format(organization=content.organization.name),
        note=note.format(residents=residents),
        appendix=appendix,
        towns=rank_towns(content.signers) if appendix else [],
        comments=[show_comment(comment, words) for comment in content.comments],
        unprinted=words.count_unprinted(content.unprinted, bool(content.comments)),
        **_set_names(content, compact),
    )


def _set_names(content: LetterContent, compact: bool) -> dict[str, Any]:
    """Return the list of signers in its parts, and how it is set."""
    last = max((signer.number for signer in content.signers), default=1)
    digits = min(max(2, len(str(last))), 7)
    entries = [write_entry(signer) for signer in content.signers]
    below = measure_comments([comment.text for comment in content.comments], content.unprinted)
    columns = choose_columns(entries, digits, content.page_size, below)
    signers = iter([show_signer(signer) for signer in content.signers])
    return {
        "digits": digits,
        "type": "small" if compact else columns.type,
        "kept": content.count <= KEPT_UP_TO and columns.pages == 1,
        "parts": [[next(signers) for _ in range(part)] for part in columns.parts],
    }
