"""Letters that were sent, and one by its code; never a name."""

from dataclasses import asdict
from typing import Any

from flask import url_for

from petition.letters.public_letters import list_sent_page
from petition.letters.verification import read_letter
from petition.web.api.endpoints import public_read
from petition.web.api.paging import PageQuery, write_page
from petition.web.api.public_shapes import LettersShape, OneLetterShape
from petition.web.public.pages.campaigns import find_campaign

Asked = dict[str, Any]


@public_read("/campaigns/<slug:slug>/letters", LettersShape, "Letters sent", query=PageQuery)
def list_letters(asked: Asked, slug: str) -> Any:
    """List the letters of a campaign that were sent, the latest hundred first."""
    campaign = find_campaign(slug)
    found = list_sent_page(campaign.id, asked.get("after"), asked["limit"] + 1)
    shown = [asdict(line) | {"url": _name_page(line.code)} for line in found]
    return write_page(shown, asked, lambda one: one["code"])


@public_read("/letters/<code>", OneLetterShape, "One letter")
def show_letter(asked: Asked, code: str) -> Any:
    """Show a letter by its code, with the SHA-256 of the PDF for each post."""
    letter = read_letter(code)
    return asdict(letter) | {"url": _name_page(letter.code)}


def _name_page(code: str) -> str:
    return url_for("public.show_letter", code=code, _external=True)
