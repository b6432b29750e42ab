"""The letter of a stored campaign to any post of any of its districts, before it is made.

- The composer is that of print. Each page has a watermark, and nothing is stored but that real
  names were shown.
"""

import base64
import re
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem
from petition.core.extensions import transaction
from petition.letters.compose import compose
from petition.letters.content import LetterContent, RenderPurpose, Signer
from petition.letters.layout.assets import MARK, read_stylesheet
from petition.letters.preview import (
    PreviewPost,
    find_districts,
    find_preview_post,
    invent_addressee,
    make_preview,
)
from petition.models import Campaign, District, LedgerEntry, Post, Signature
from petition.models.campaigns.layers import list_counted_layers, list_layers_in, writes_to
from petition.models.officials.post import load_addressing
from petition.models.signatures.person import skip_broken
from petition.openings.campaign_values import read_values
from petition.openings.opening_problems import OpeningProblem

MOST_NAMES = 500
MOST_DISTRICTS = 20  # that are named where a name is of several
_FONT_FACE = re.compile(r"@font-face \{[^}]*\}\n?")
# A sheet on the screen; the style sheet of letters is for print.
_SHEET = (
    "html { background: #d9d9d9 } body { box-sizing: border-box; max-width: 8.5in; background:"
    " #fff; margin: 1rem auto !important; padding: 0.6in min(1in, 6vw); overflow-wrap: anywhere;"
    " overflow-x: auto } .fold { display: none } .watermark { z-index: 1; color: rgb(0 0 0 / 14%);"
    " font-size: min(96pt, 16vw); pointer-events: none }"
)


@dataclass(frozen=True, slots=True)
class PreviewChoice:
    """What is previewed: a district, one of its posts (None: the first), how many names.

    - ``real``: those who wait for the next letter there, instead of invented people.
    """

    district: District
    post_id: int | None
    names: int
    real: bool


@dataclass(frozen=True, slots=True)
class LetterPreview:
    """A letter that is previewed, and whether its post and address are known."""

    content: LetterContent
    post: PreviewPost


def choose_district(session: Session, campaign: Campaign, text: str, layer: str) -> District:
    """Return the district of that name or division id in one of the campaign's layers.

    - An empty text: the first that is in force, of those with a post. ``layer``: of that layer
      alone; empty: of any. Raises InvalidInput for ``district``.
    """
    layers = [one for one in list_counted_layers(campaign.layers) if layer in ("", one)]
    if not text.strip():
        found = _find_first(session, layers)
        if found is None:
            raise _refuse("district", OpeningProblem.NO_DISTRICT)
        return found
    named = [
        one
        for one in find_districts(session, " ".join(text.replace("\0", " ").split()))
        if one.layer in layers and one.layer in list_layers_in(campaign.layers, one.state)
    ]
    if not named:
        raise _refuse("district", OpeningProblem.DISTRICT_UNKNOWN)
    if len(named) > 1:
        ids = [f"{one.division_id} ({one.layer})" for one in named[:MOST_DISTRICTS]]
        raise InvalidInput({"district": Problem(OpeningProblem.SEVERAL_DISTRICTS, {"found": ids})})
    return named[0]


def list_posts(session: Session, campaign: Campaign, district: District) -> list[Post]:
    """Return the posts of a district that the campaign writes to."""
    posts = session.scalars(
        select(Post)
        .where(Post.division_id == district.division_id, Post.active)
        .options(*load_addressing())
        .order_by(Post.id)
    )
    return [one for one in posts if writes_to(campaign.recipients, district.layer, one.role)]


def make_letter_preview(
    session: Session, campaign: Campaign, choice: PreviewChoice
) -> LetterPreview:
    """Return the letter to one post; raises InvalidInput by its field.

    - A vacant seat, or an office that is not known, is shown with a sample address.
    """
    now, values = utcnow(), read_values(campaign)
    today = now.date()
    post = _find_post(session, campaign, choice, today)
    signers: tuple[Signer, ...] = ()
    if choice.real:
        signers = read_waiting(session, campaign.id, choice.district.id, choice.names)
        if not signers:
            raise _refuse("real", OpeningProblem.NOBODY_WAITS)
    content = make_preview(
        session, values, choice.district, post.addressee, choice.names, now, signers
    )
    if signers:
        content = replace(content, total=_count_live(session, campaign.id, choice.district.id))
    return LetterPreview(content, post)


def read_waiting(
    session: Session, campaign_id: int, district_id: int, most: int
) -> tuple[Signer, ...]:
    """Return those who joined since the letter before, in order; the next letter names them."""
    rows = session.execute(
        select(LedgerEntry.ordinal, Signature.person)
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .where(
            LedgerEntry.campaign_id == campaign_id,
            LedgerEntry.district_id == district_id,
            LedgerEntry.carried_by.is_(None),
            LedgerEntry.left_at.is_(None),
            Signature.ended_at.is_(None),
        )
        .order_by(LedgerEntry.ordinal)
        .limit(most)
    ).all()
    people = [(row.ordinal, skip_broken(row.person)) for row in rows]
    return tuple(Signer(number, one.name, one.locality) for number, one in people if one)


def _count_live(session: Session, campaign_id: int, district_id: int) -> int:
    live = select(func.count()).where(
        LedgerEntry.campaign_id == campaign_id,
        LedgerEntry.district_id == district_id,
        LedgerEntry.left_at.is_(None),
    )
    return session.scalars(live).one()


def record_preview(campaign_id: int, district_id: int, names: int, form: str, actor: str) -> None:
    """Record that a preview of real people was shown; ``form``: ``pdf``, ``html``, ``message``."""
    detail: Detail = {"district": district_id, "names": names, "form": form}
    with transaction() as session:
        record(session, "letter.previewed", "campaign", campaign_id, actor=actor, detail=detail)


def write_html(content: LetterContent) -> str:
    """Return the letter's HTML for a screen, complete: it refers to nothing outside.

    - With the fonts of the reader's system: pages break elsewhere than in the PDF.
    """
    # As plain text: what replaces something in Markup would be escaped.
    page = str.__str__(compose(content, RenderPurpose.PREVIEW).write_whole())
    style = _FONT_FACE.sub("", read_stylesheet())
    mark = content.organization.mark
    if mark is not None:
        data = base64.b64encode(mark.data).decode()
        page = page.replace(f'src="{MARK}"', f'src="data:{mark.media_type};base64,{data}"')
    return page.replace("</head>", f"<style>{style}\n{_SHEET}</style>\n</head>", 1)


def _find_first(session: Session, layers: list[str]) -> District | None:
    in_force = select(District).where(District.in_force, District.layer.in_(layers))
    with_post = select(Post.id).where(Post.division_id == District.division_id, Post.active)
    for query in (in_force.where(with_post.exists()), in_force):
        found = session.scalars(query.order_by(District.name, District.id).limit(1)).one_or_none()
        if found is not None:
            return found
    return None


def _find_post(
    session: Session, campaign: Campaign, choice: PreviewChoice, today: date
) -> PreviewPost:
    if choice.post_id is None:
        return find_preview_post(session, read_values(campaign), choice.district, today)
    posts = list_posts(session, campaign, choice.district)
    post = next((one for one in posts if one.id == choice.post_id), None)
    if post is None:
        raise _refuse("post", OpeningProblem.POST_UNKNOWN)
    addressee = post.address(today)
    if addressee is not None:
        return PreviewPost(addressee, True)
    return invent_addressee(choice.district, post.title, post.salutation or f"Dear {post.title}")


def _refuse(field: str, code: OpeningProblem) -> InvalidInput:
    return InvalidInput({field: Problem(code)})
