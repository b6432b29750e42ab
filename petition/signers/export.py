"""Everything that is stored about one signer, for that signer, as plain values.

A new column or table with data about a signer must be added here; a test compares the columns of
``signatures``.
"""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from petition.audit.event_reader import read_events
from petition.core.extensions import db
from petition.models import (
    Campaign,
    Candidate,
    Delivery,
    District,
    LedgerEntry,
    Letter,
    Mail,
    Milestone,
    Person,
    Placement,
    Post,
    Signature,
)
from petition.models.counts.tally import CARRIED
from petition.partners.consents.accesses import list_taken
from petition.signers.comment_changes import find_struck
from petition.signers.offers_shown import list_shown
from petition.signers.preferences import read_choices
from petition.signers.replies import read_reply
from petition.signers.status import read_kept_until
from petition.signing.link_tokens import LinkPurpose, read_token, refuse_link

# Of no use to a signer: internal hashes, the queue's columns, and what is exported elsewhere.
LEFT_OUT = frozenset(
    {
        "id",
        "campaign_id",
        "email_digest",
        "person",
        "due_at",
        "attempt",
        "question_number",
        "relocated",
        "reject_reason",
        "networks",
        "link_secret",
        "bound_to",
        "invalidated_with",
        "emptied_at",
        "offer_set_id",
    }
)


def export_data(token: str) -> dict[str, Any]:
    """Return all that is stored about the signer of a private link; raises TokenRefused."""
    return export_signature(read_token(token, LinkPurpose.STATUS))


def export_signature(signature_id: int) -> dict[str, Any]:
    """Return all that is stored about one signer; raises TokenRefused.

    - Times are datetimes. The row of an erased signature contains nothing personal; ``kept_until``:
      see Status. ``words_struck_at``: since when words of the mailbox are read first, None: they
      are judged as others are.
    """
    row = db.session.execute(
        select(Signature, Campaign.slug, Campaign.title)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Signature.id == signature_id)
    ).one_or_none()
    if row is None:
        raise refuse_link()
    signature: Signature = row.Signature
    columns = [name for name in Signature.__table__.columns.keys() if name not in LEFT_OUT]
    return {
        "campaign": {"slug": row.slug, "title": row.title},
        "person": _tell_person(signature.person) if signature.person else None,
        "signature": {name: getattr(signature, name) for name in columns},
        "consents": [_tell(view) for view in read_choices(signature_id).consents if view.given_at],
        "shown": list_shown(signature_id),
        "accesses": [asdict(line) for line in list_taken(signature_id)],
        "reply": _tell_reply(signature_id),
        "words_struck_at": find_struck(db.session(), signature),
        "districts": _list_districts(signature_id),
        "possible_districts": _list_candidates(signature_id),
        "counted": _list_counted(signature_id),
        "letters": _list_letters(signature_id),
        "mails": _list_mails(signature_id),
        "log": _list_events(signature_id),
        "kept_until": read_kept_until(signature_id, signature.state, signature.ended_at),
    }


def _tell_person(person: Person) -> dict[str, Any]:
    told = asdict(person)
    del told["bound_to"]
    return told


def _tell_reply(signature_id: int) -> dict[str, Any] | None:
    reply = read_reply(signature_id)
    return asdict(reply) if reply else None


def _tell(view: Any) -> dict[str, Any]:
    told = asdict(view)
    del told["offer_id"], told["about"]
    return told


def _list(statement: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in db.session.execute(statement)]


def _list_districts(signature_id: int) -> list[dict[str, Any]]:
    return _list(
        select(District.layer, District.name, District.state, District.division_id)
        .add_columns(Placement.found_by)
        .join(Placement, Placement.district_id == District.id)
        .where(Placement.signature_id == signature_id)
        .order_by(District.layer)
    )


def _list_candidates(signature_id: int) -> list[dict[str, Any]]:
    return _list(
        select(District.layer, District.name, District.state, District.division_id)
        .join(Candidate, Candidate.district_id == District.id)
        .where(Candidate.signature_id == signature_id)
        .order_by(District.layer, District.name)
    )


def _list_counted(signature_id: int) -> list[dict[str, Any]]:
    return _list(
        select(District.layer, District.name, District.state)
        .add_columns(LedgerEntry.joined_at, LedgerEntry.left_at)
        .join(LedgerEntry, LedgerEntry.district_id == District.id)
        .where(LedgerEntry.of(signature_id))
        .order_by(LedgerEntry.joined_at)
    )


def _list_letters(signature_id: int) -> list[dict[str, Any]]:
    return _list(
        select(
            Milestone.code,
            District.name.label("district"),
            Post.title.label("to"),
            Delivery.channel,
            Delivery.state,
            Delivery.settled_at,
            Letter.rendered_at,
            Letter.sha256,
        )
        .select_from(LedgerEntry)
        .join(Milestone, CARRIED)
        .join(District, District.id == Milestone.district_id)
        .join(Delivery, Delivery.milestone_id == Milestone.id)
        .join(Post, Post.id == Delivery.post_id)
        .outerjoin(Letter, Letter.id == Delivery.letter_id)
        .where(LedgerEntry.of(signature_id))
        .order_by(Milestone.id, Post.id, Delivery.id)
    )


def _list_mails(signature_id: int) -> list[dict[str, Any]]:
    return _list(
        select(Mail.kind, Mail.created_at, Mail.due_at, Mail.sent_at)
        .where(Mail.signature_id == signature_id)
        .order_by(Mail.id)
    )


def _list_events(signature_id: int) -> list[dict[str, Any]]:
    events = read_events(db.session(), {"signature": [signature_id]})
    return [{"at": event.at, "action": event.action} for event in events]
