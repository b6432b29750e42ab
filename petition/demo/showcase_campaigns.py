"""The campaigns beside the first one: confirmed by e-mail, in Spanish, and closed.

Small ones, so that a start takes no longer for them. Each is made and filled once; a start that was
interrupted continues where it stopped.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import func, select

from petition.campaigns.lifecycle import create_campaign, set_state
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.demo.invented_groups import join_groups
from petition.demo.invented_origins import invent_origins
from petition.demo.invented_people import invent_forms
from petition.letters.merge import find_merge_problem
from petition.models import Campaign, CampaignState, Signature, SignatureState
from petition.postal.zip_places import known_postal_code
from petition.signers.confirm import confirm
from petition.signers.mailbox_proof import prove_mailbox
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.sign import sign

DAYS = 9.0


@dataclass(frozen=True, slots=True)
class Showpiece:
    """A campaign of the demonstration, and who signs it.

    - ``closes_in``: it closes by itself so long after it was stored.
    - ``group``: those who are shown by name let this group contact them.
    - ``unconfirmed``: so many of its signers have not confirmed by e-mail. ``closes``: it is closed
      once they have signed. ``language``: of the form that they filled.
    """

    slug: str
    postal_code: str
    signers: int
    seed: int
    unconfirmed: int = 0
    closes: bool = False
    language: str = "en"
    group: str = ""
    closes_in: timedelta | None = None


# The one that follows another comes first.
SHOWPIECES = (
    Showpiece("library-hours", "94612", 24, seed=11, unconfirmed=3, group="bay-readers"),
    Showpiece("agua-limpia", "33125", 31, seed=12, language="es"),
    Showpiece("summer-reading", "97214", 28, seed=13, closes=True),
)
# Signed in petition/demo/showroom_deliveries.py.
CLOSING = Showpiece("safe-crossings", "98101", 0, seed=14, closes_in=timedelta(days=3))


def load_showcase() -> None:
    """Store the campaigns as drafts with their groups; existing data is not changed."""
    for piece in (*SHOWPIECES, CLOSING):
        if _find_state(piece.slug) is None:
            values = _read(piece.slug)
            if piece.closes_in is not None:
                values["closes_at"] = utcnow() + piece.closes_in
            create_campaign(values, find_merge_problem)
    join_groups()


def fill_showcase(tick: Callable[[], None]) -> None:
    """Open the campaigns, have their people sign and confirm, and close what closes."""
    for piece in (*SHOWPIECES, CLOSING):
        if _find_state(piece.slug) == CampaignState.CLOSED:
            continue
        set_state(piece.slug, CampaignState.OPEN)
        if _count_signers(piece.slug) < piece.signers:
            _sign_all(piece, tick)
            _confirm_most(piece)
        if piece.closes:
            set_state(piece.slug, CampaignState.CLOSED)


def show_names(slug: str) -> None:
    """Open the private page of each signer who chose to be shown: only proved mailboxes are."""
    waiting = (
        select(Signature.id)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Campaign.slug == slug, Signature.show_name, Signature.proved_at.is_(None))
    )
    ids = db.session.scalars(waiting).all()
    db.session.rollback()
    for signature_id in ids:
        prove_mailbox(make_token(signature_id, LinkPurpose.STATUS))


def _sign_all(piece: Showpiece, tick: Callable[[], None]) -> None:
    forms = invent_forms(piece.signers, [piece.postal_code], piece.seed)
    origins = invent_origins(piece.signers, piece.seed, DAYS, utcnow())
    for number, (form, origin) in enumerate(zip(forms, origins, strict=True)):
        shown: dict[str, str] = {}
        if number % 4 == 0:
            shown = {"show_name": "1"}
            if piece.group:
                shown[f"consent_contact_{piece.group}"] = "1"
        sign(
            piece.slug,
            form | shown,
            known_postal_code,
            language=piece.language,
            origin=origin,
        )
        tick()
    if not piece.unconfirmed:
        show_names(piece.slug)


def _confirm_most(piece: Showpiece) -> None:
    waiting = (
        select(Signature.id)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Campaign.slug == piece.slug, Signature.state == SignatureState.PENDING)
        .order_by(Signature.id)
    )
    ids = db.session.scalars(waiting).all()
    db.session.rollback()
    for signature_id in ids[: max(0, len(ids) - piece.unconfirmed)]:
        confirm(make_token(signature_id, LinkPurpose.CONFIRM))


def _read(slug: str) -> dict[str, Any]:
    text = (files("petition.demo") / "showcase" / f"{slug}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _find_state(slug: str) -> str | None:
    state = db.session.scalar(select(Campaign.state).where(Campaign.slug == slug))
    db.session.rollback()
    return state


def _count_signers(slug: str) -> int:
    counted = (
        select(func.count(Signature.id))
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Campaign.slug == slug)
    )
    found = db.session.scalar(counted) or 0
    db.session.rollback()
    return found
