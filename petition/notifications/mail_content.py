"""The content of each kind of mail, read right before it is sent."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Exists, exists, select
from sqlalchemy.orm import Session, aliased, selectinload

from petition.core.extensions import get_settings
from petition.letters.outcome import SENT, find_sending, group_by_id, judge_fate
from petition.models import (
    Campaign,
    Delivery,
    District,
    Mail,
    MailKind,
    Milestone,
    Post,
    Signature,
    SignatureState,
)
from petition.models.signatures.person import skip_broken
from petition.models.states import LIVE
from petition.notifications.address_links import list_with
from petition.notifications.digests import list_together
from petition.notifications.location_requests import find_places, has_answered, waits_for_its_signer
from petition.notifications.mailbox_conditions import has_standing, has_unsubscribed, is_passed_over
from petition.notifications.resend import TRY_AGAIN_AFTER

STANDING = tuple(state for state in LIVE if state != SignatureState.PENDING)


class WithheldReason(StrEnum):
    """Why a mail is not sent now."""

    SOON = "soon"  # a worker is processing it
    LATER = "later"
    NEVER = "never"


Told = dict[str, Any] | WithheldReason


def describe(session: Session, mail: Mail, signature: Signature, now: datetime) -> Told:
    """Return the values of a mail's templates, or why it is not sent.

    - Nothing goes where mail came back from, nor to who unsubscribed, but for the link that they
      have asked for since: on its page an address that works again is said to.
    """
    if signature.person is None:
        return WithheldReason.NEVER
    failed_at = signature.unreachable_at
    asked = mail.kind == MailKind.LINK
    if failed_at is not None and not (asked and failed_at < now - TRY_AGAIN_AFTER):
        return WithheldReason.NEVER
    if signature.unsubscribed_at is not None and not asked:
        return WithheldReason.NEVER
    return _TOPICS[MailKind(mail.kind)](session, mail, signature, now)


def has_signed(campaign_id: int) -> Exists:
    """Return whether the mailbox of a Signature has signed that campaign as well.

    - Answers there that nobody has confirmed may be anybody's, and say nothing.
    """
    there = aliased(Signature)
    return exists().where(
        there.campaign_id == campaign_id,
        there.email_digest == Signature.email_digest,
        there.ended_at.is_(None),
        there.seat.is_not(None),
    )


def _tell_reminder(session: Session, mail: Mail, signature: Signature, now: datetime) -> Told:
    if signature.state != SignatureState.PENDING or signature.due_at is None:
        return WithheldReason.NEVER
    # Later answers, a signature of the mailbox, or a campaign that takes no more confirmations.
    spare = is_passed_over() | has_standing() | has_unsubscribed()
    campaign = session.get_one(Campaign, signature.campaign_id)
    of_it = select(Signature.id).where(Signature.id == signature.id, spare)
    if session.scalar(of_it) is not None or not campaign.takes_confirmations(now):
        return WithheldReason.NEVER
    if signature.mailed_at is None:
        return WithheldReason.LATER  # signed again just now: the confirmation itself is due
    return {"days": max(1, (signature.due_at - now).days)}


def _tell_link(session: Session, mail: Mail, signature: Signature, now: datetime) -> Told:
    rows = list_with(session, signature, now)
    titles = {
        campaign.id: campaign
        for campaign in session.scalars(
            select(Campaign)
            .where(Campaign.id.in_({row.campaign_id for row in rows}))
            .options(selectinload(Campaign.owners))
        )
    }
    links = [_describe_link(row, titles[row.campaign_id], rows) for row in rows]
    return {"links": links, "campaigns": len(titles)}


def _describe_link(row: Signature, campaign: Campaign, beside: list[Signature]) -> dict[str, Any]:
    """Return what a mail tells of one signature of its address.

    - ``compose`` adds the links themselves: a token is read by a connection of its own, and this
      runs in the transaction of the claim.
    - A name only where two have signed one campaign, and their mailbox is proved to be theirs.
    """
    shared = sum(other.campaign_id == row.campaign_id for other in beside) > 1
    person = skip_broken(row.person)
    named = shared and row.proved_at is not None and person is not None
    return {
        "campaign": campaign.title,
        "campaign_language": campaign.language,
        "organization": campaign.organization,
        "name": person.called if named and person is not None else "",
        "ended": row.ended_at is not None,
        "waiting": row.ended_at is None and row.seat is None,
        "signature_id": row.id,
    }


def _tell_delivered(session: Session, mail: Mail, signature: Signature, now: datetime) -> Told:
    if not signature.notify or signature.state not in STANDING:
        return WithheldReason.NEVER
    rows = session.execute(
        select(Mail.id.label("mail_id"), Milestone, District)
        .join(Milestone, Milestone.id == Mail.about)
        .join(District, District.id == Milestone.district_id)
        .where(*list_together(mail))
        .order_by(Mail.id)
    ).all()
    letters = {row.mail_id: _describe_letter(session, row.Milestone, row.District) for row in rows}
    if not letters.get(mail.id, {}).get("posts"):  # it came back; staff may send it again
        return WithheldReason.LATER
    return {"letters": list(letters.values())}


def _describe_letter(session: Session, milestone: Milestone, district: District) -> dict[str, Any]:
    """Return what a mail tells of a letter; its ``posts`` are those to whom it has gone."""
    sent = session.execute(
        select(Post.id, Post.title, Delivery.state, Delivery.channel, Delivery.settled_at)
        .join(Delivery, Delivery.post_id == Post.id)
        .where(Delivery.milestone_id == milestone.id, Delivery.state.in_(SENT))
        .order_by(Post.id)
    ).all()
    return {
        "posts": [
            {
                "title": group[0].title,
                "fate": judge_fate((row.state, row.channel) for row in group),
                "at": find_sending(group),
            }
            for group in group_by_id(sent)
        ],
        "district": district.name,
        "state": district.state,
        "total": milestone.threshold,
        "code": milestone.code,
        "url": f"{get_settings().public_url}/letters/{milestone.code}",
    }


def _tell_successor(session: Session, mail: Mail, signature: Signature, now: datetime) -> Told:
    successor = session.get(Campaign, mail.about)
    wanted = signature.tell_successor and signature.state in STANDING
    if not wanted or successor is None or not successor.is_open(now):
        return WithheldReason.NEVER
    signed = has_signed(successor.id)
    if session.scalar(select(Signature.id).where(Signature.id == signature.id, signed)) is not None:
        return WithheldReason.NEVER  # since it was planned
    return {
        "successor": successor.title,
        "successor_language": successor.language,
        "successor_organization": successor.organization,
        "successor_url": f"{get_settings().public_url}/campaigns/{successor.slug}",
    }


def _ask_home(session: Session, mail: Mail, signature: Signature, now: datetime) -> Told:
    if signature.person is None or has_answered(signature, mail.created_at):
        return WithheldReason.NEVER
    if signature.state == SignatureState.CONFIRMED:
        return WithheldReason.SOON  # it may turn out that there is nothing to ask
    if not waits_for_its_signer(signature):
        return WithheldReason.NEVER
    campaign = session.get_one(Campaign, signature.campaign_id)
    layer, places = find_places(session, signature, campaign.layers)
    # Until the mailbox is proved to be theirs nothing goes there that was typed in the form.
    code = signature.person.postal_code if signature.proved_at is not None else ""
    return {"layer": layer, "places": places, "postal_code": code}


_TOPICS: dict[MailKind, Callable[[Session, Mail, Signature, datetime], Told]] = {
    MailKind.REMINDER: _tell_reminder,
    MailKind.LINK: _tell_link,
    MailKind.DELIVERED: _tell_delivered,
    MailKind.SUCCESSOR: _tell_successor,
    MailKind.QUESTION: _ask_home,
}
