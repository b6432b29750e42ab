"""The letter that a campaign's definition would give in a district, with invented signers.

Nothing is stored, and the campaign need not exist. Real signers may be given by the caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.core.extensions import get_settings
from petition.letters import content as page
from petition.letters.milestone_reader import read_addressee, read_mark
from petition.models import District, Post
from petition.models.campaigns.layers import writes_to
from petition.models.officials.district import say_district
from petition.models.officials.post import Addressee, load_addressing
from petition.postal.time_zones import find_day

CODE = "PREV-IEWS"  # no letter's: a code has neither hyphen nor "I"
_GIVEN = ("Ana", "Ben", "Chloe", "Daniel", "Elena", "Frank", "Grace", "Hector", "Ines", "James")
_FAMILY = ("Alder", "Brook", "Castillo", "Dale", "Elm", "Fields", "Garcia", "Hill", "Ito", "Jones")
_TOWNS = ("Sampleton", "Exampleville", "Testford", "Placeholder Falls")
_COMMENTS = {
    "en": "This is a sample comment. A resident’s own words are printed here.",
    "es": "Este es un comentario de muestra. Aquí se imprimen las palabras de un residente.",
}


@dataclass(frozen=True, slots=True)
class PreviewPost:
    """A post that the letter would go to; ``addressee`` is a sample if none is known."""

    addressee: Addressee
    is_known: bool


def find_districts(session: Session, text: str) -> list[District]:
    """Return the districts in force of a division id, or of a name as in ``Essex County, MA``."""
    name, _, state = text.rpartition(", ")
    which = District.division_id == text
    if not text.startswith("ocd-division/"):
        which = func.lower(District.name) == (name or text).strip().lower()
        if name:
            which &= District.state == state.strip().upper()
    found = session.scalars(select(District).where(which, District.in_force)).all()
    return sorted(found, key=lambda district: (district.division_id, district.id))


def find_preview_post(
    session: Session, values: Mapping[str, Any], district: District, today: date
) -> PreviewPost:
    """Return the first post of a district that the campaign writes to and that is not vacant."""
    posts = session.scalars(
        select(Post)
        .where(Post.division_id == district.division_id, Post.active)
        .options(*load_addressing())
        .order_by(Post.id)
    )
    for post in posts:
        addressee = post.address(today)
        if addressee and writes_to(values.get("recipients", {}), district.layer, post.role):
            return PreviewPost(addressee, True)
    return invent_addressee(district, f"Board, {district.name}", "Dear Members of the Board")


def invent_addressee(district: District, title: str, salutation: str) -> PreviewPost:
    """Return a post of that title whose holder and address are not known."""
    lines = ("1 Sample Street", f"Sampleton, {district.state} 00000")
    return PreviewPost(Addressee(title, None, lines, salutation, None), False)


def make_preview(
    session: Session,
    values: Mapping[str, Any],
    district: District,
    addressee: Addressee,
    names: int,
    now: datetime,
    signers: tuple[page.Signer, ...] = (),
) -> page.LetterContent:
    """Return the content of a letter with so many names; ``values`` are those of a definition.

    - ``signers``: to be named instead of invented ones; then it prints no comment.
    """
    settings, language = get_settings(), values.get("language", "en")
    contact, bill = values.get("contact"), values.get("bill_number")
    comment = _COMMENTS["es" if language.startswith("es") else "en"]
    invented = () if signers else _invent_signers(names)
    today = find_day(now, district.state)
    return page.LetterContent(
        organization=page.LetterOrganization(
            name=" & ".join(values["organization"]),
            address=tuple(values.get("organization_address", ())),
            reply_to=values.get("organization_email"),
            web=settings.public_url,
            mark=read_mark(session, values.get("logo")),
        ),
        campaign_title=values["title"],
        opening=values.get("opening", ""),
        body=values["letter"],
        closing=values.get("closing", ""),
        topic=values.get("topic"),
        ask=values.get("ask", ""),
        position=values.get("position", "ask"),
        deadline=values.get("deadline"),
        contact=page.LetterContact(**contact) if contact else None,
        bill=page.LetterBill(bill, values.get("bill_title")) if bill else None,
        language=language,
        page_size=page.PageSize(settings.page_size),
        district=page.LetterDistrict(
            say_district(district.name, language), district.layer, district.state_name
        ),
        addressee=read_addressee(addressee, language),
        total=len(signers) or names,
        since=today,
        dated=today,
        code=CODE,
        verify_url=f"{settings.public_url}/letters/{CODE}",
        signers=signers or invented,
        comments=tuple(page.Comment(one.name, one.locality, comment) for one in invented[:1]),
    )


def _invent_signers(names: int) -> tuple[page.Signer, ...]:
    return tuple(
        page.Signer(
            number,
            f"{_GIVEN[number % 10]} {_FAMILY[number // 10 % 10]}",
            _TOWNS[number * number % len(_TOWNS)],
        )
        for number in range(1, names + 1)
    )
