"""Campaigns under a legal hold: what staff and organizations would destroy of them is refused."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.errors import ProblemCode, UserError
from petition.models import LegalHold, Signature


class HoldProblem(ProblemCode):
    """What a hold refuses."""

    ERASURE = "hold-erasure"
    UNDO = "hold-undo"
    DISCARD = "hold-discard"


class CampaignHeld(UserError):
    """The campaign is under a legal hold, so that nothing of it may be destroyed."""

    code = "campaign-held"
    status = 409


def find_hold(session: Session, campaign_id: int) -> int | None:
    """Return the id of the hold that is in force for a campaign; None if it is not held."""
    return session.scalar(
        select(LegalHold.id).where(
            LegalHold.campaign_id == campaign_id, LegalHold.released_at.is_(None)
        )
    )


def find_hold_of(session: Session, signature_id: int) -> int | None:
    """Return the id of the hold of a signature's campaign; None also for no such signature."""
    return session.scalar(
        select(LegalHold.id)
        .join(Signature, Signature.campaign_id == LegalHold.campaign_id)
        .where(Signature.id == signature_id, LegalHold.released_at.is_(None))
    )


def refuse_held(session: Session, campaign_id: int, problem: HoldProblem) -> None:
    """Raise CampaignHeld if a campaign is held."""
    if find_hold(session, campaign_id) is not None:
        raise CampaignHeld(problem)
