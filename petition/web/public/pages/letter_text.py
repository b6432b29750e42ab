"""A campaign's letter on its page, for no particular district.

All of it is in the campaign's language, which may differ from the page's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from flask_babel import force_locale, gettext
from markupsafe import Markup

from petition.letters.letter_wording import find_wording
from petition.letters.markup import render_markdown
from petition.letters.merge import fill_merge_fields
from petition.models import Campaign
from petition.web.formats import show_layer, show_number
from petition.web.languages import LOCALES
from petition.web.public.pages.recipient_names import name_receivers

BLANK_LINE = re.compile(r"\n[ \t]*\n")
REMEMBERED = 64  # campaigns


@dataclass(frozen=True, slots=True)
class LetterBody:
    """The letter in HTML: its first paragraph, after which phones show the form, and the rest."""

    topic: str
    first: Markup
    rest: Markup
    closing: Markup


@dataclass(frozen=True, slots=True)
class LetterText:
    """The letter's body with our texts around it.

    - ``to`` and ``about`` are above it, ``signed`` at its end; ``name``, ``name_of_first`` and
      ``name_of_rest`` are labels for screen readers.
    - ``words_language``: the language of these texts, where they are not translated into the
      campaign's; None where they are.
    """

    body: LetterBody
    to: str
    about: str
    signed: str
    name: str
    name_of_first: str
    name_of_rest: str
    words_language: str | None


def show_letter(campaign: Campaign) -> LetterText:
    """Return the campaign's letter with generic words in its merge fields."""
    with _speak(campaign) as spoken:
        layer = _name_layer(campaign)
        body = _render(
            campaign.letter,
            campaign.closing,
            campaign.topic or campaign.title,
            campaign.language,
            campaign.title,
            campaign.bill_number or "",
            campaign.organization,
            layer,
            campaign.step,
        )
        return LetterText(
            body=body,
            to=gettext("To %(receivers)s", receivers=name_receivers(campaign)),
            about=gettext("Re: %(topic)s", topic=body.topic),
            signed=gettext(
                "and %(step)s residents of your %(district)s, named below",
                step=show_number(campaign.step),
                district=layer,
            ),
            name=gettext("The letter"),
            name_of_first=gettext("The letter’s first lines"),
            name_of_rest=gettext("The letter, continued"),
            words_language=None if _is_in(campaign.language, spoken) else spoken,
        )


@lru_cache(REMEMBERED)
def _render(
    letter: str,
    closing: str,
    topic: str,
    language: str,
    title: str,
    bill: str,
    organization: str,
    layer: str,
    step: int,
) -> LetterBody:
    values = _say_for_everybody(title, bill, organization, layer, step)
    quotes = find_wording(language).quotes
    first, rest = _split_first_paragraph(letter)
    return LetterBody(
        topic=fill_merge_fields(topic, values),
        first=render_markdown(first, values, quotes),
        rest=render_markdown(rest, values, quotes),
        closing=render_markdown(closing, values, quotes),
    )


def show_message(campaign: Campaign) -> str:
    """Return the prepared text of a signer's comment, as plain text with generic words."""
    if not campaign.message:
        return ""
    with _speak(campaign):
        values = _say_for_everybody(
            campaign.title,
            campaign.bill_number or "",
            campaign.organization,
            _name_layer(campaign),
            campaign.step,
        )
    return fill_merge_fields(campaign.message, values)


@contextmanager
def _speak(campaign: Campaign) -> Iterator[str]:
    """Translate within the block into the campaign's language, English if we have no catalogue."""
    language = find_wording(campaign.language).language
    with force_locale(LOCALES[language]):
        yield language


def _is_in(tag: str, language: str) -> bool:
    """Return whether a BCP 47 tag is of that language."""
    return tag.partition("-")[0].lower() == language


def _name_layer(campaign: Campaign) -> str:
    return show_layer(campaign.layers[0]) if len(campaign.layers) == 1 else gettext("district")


def _say_for_everybody(
    title: str, bill: str, organization: str, layer: str, step: int
) -> dict[str, str]:
    return {
        "campaign.title": title,
        "campaign.bill": bill,
        "organization.name": organization,
        "district.name": gettext("your %(layer)s", layer=layer),
        "district.layer": layer,
        "district.state": gettext("your state"),
        "district.place": gettext("your %(layer)s", layer=layer),
        "count": str(step),
        "total": gettext("all"),
        "since": gettext("the first day"),
        "dated": gettext("the day it is sent"),
        "letter.code": gettext("the letter’s code"),
        "letter.url": gettext("the letter’s page"),
        "addressee.post": gettext("your lawmakers"),
        "addressee.name": gettext("your lawmakers"),
        "addressee.salutation": gettext("Dear lawmakers"),
    }


def _split_first_paragraph(letter: str) -> tuple[str, str]:
    """Split Markdown after its first paragraph; a heading stays with the paragraph under it."""
    blocks = BLANK_LINE.split(letter.replace("\r\n", "\n").strip(), maxsplit=2)
    if blocks[0].startswith("#") and "\n" not in blocks[0] and len(blocks) > 1:
        return "\n\n".join(blocks[:2]), "".join(blocks[2:])
    return blocks[0], "\n\n".join(blocks[1:])
