"""Which imported rows are new, and their INSERT as signatures with what their people allowed."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, func, insert, select
from sqlalchemy.orm import Session

from petition.bulk.import_problems import ImportProblem
from petition.bulk.import_rows import ImportRow
from petition.campaigns.open_campaigns import CampaignSnapshot
from petition.core.database import insert_in
from petition.models import CommentMode, Consent, Signature, SignatureState
from petition.models.signatures.import_batch import name_batch
from petition.models.signatures.signature import FIRST_SEAT, make_link_secret
from petition.moderation.judgement import judge_comment
from petition.signing.consent_rows import build_consents, select_offers
from petition.signing.prepared_message import is_prepared

# psycopg reads through a statement in a time that grows with the square of its parameters.
IN_ONE_STATEMENT = 20
# Ids that are reserved beside twice the rows, so that a short list tells as little as a long one.
SPARE_NUMBERS = 16
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True, eq=False)
class NewRow:
    """A row that can be stored, and the keyed hash of its mailbox; compared by identity."""

    row: ImportRow
    digest: bytes


@dataclass(frozen=True, slots=True)
class BegunBatch:
    """What a run knows of its batch: its campaign, and how long the file of refused rows was."""

    batch_id: int
    vouched: bool
    report_bytes: int
    slug: str
    language: str
    uploaded: bool = False

    @property
    def name(self) -> str:
        """The name that its signatures have."""
        return name_batch(self.batch_id)


def find_known(
    session: Session, campaign_id: int, digests: Sequence[bytes], name: str
) -> dict[bytes, ImportProblem]:
    """Return why addresses are not imported, by hash: they have signed, or have withdrawn."""
    if not digests:
        return {}
    in_campaign = (Signature.campaign_id == campaign_id, Signature.email_digest.in_(digests))
    withdrew = session.scalars(
        select(Signature.email_digest).where(
            *in_campaign,
            Signature.ended_at.is_not(None),
            Signature.state == SignatureState.WITHDRAWN,
        )
    )
    known: dict[bytes, ImportProblem] = {
        bytes(digest): ImportProblem.WITHDREW for digest in withdrew if digest is not None
    }
    live = session.execute(
        select(Signature.email_digest, Signature.batch).where(
            *in_campaign, Signature.ended_at.is_(None)
        )
    )
    for digest, batch in live:
        known[bytes(digest or b"")] = (
            ImportProblem.TWICE_IN_FILE if name and batch == name else ImportProblem.SIGNED_ALREADY
        )
    return known


def pick_new(
    new: Sequence[NewRow], known: dict[bytes, ImportProblem]
) -> tuple[list[NewRow], dict[NewRow, ImportProblem]]:
    """Split rows into those to store, and those whose address is known, with why."""
    fresh: list[NewRow] = []
    told: dict[NewRow, ImportProblem] = {}
    seen = dict(known)
    for one in new:
        problem = seen.get(one.digest)
        if problem is None:
            fresh.append(one)
            seen[one.digest] = ImportProblem.TWICE_IN_FILE
        else:
            told[one] = problem
    return fresh, told


def store_rows(
    session: Session,
    campaign: CampaignSnapshot,
    begun: BegunBatch,
    fresh: Sequence[NewRow],
    now: datetime,
    numbers: Sequence[int] = (),
) -> dict[bytes, int]:
    """Insert rows, with their consents; return the ids of those inserted, by mailbox's hash.

    - ``numbers``: ids that were reserved for them, at least as many; none: the next ones.
    """
    if not fresh:
        return {}
    values = [_build_row(campaign, begun, one, now) for one in fresh]
    if numbers:
        for row, number in zip(values, numbers, strict=False):
            row["id"] = number
    rows = session.execute(
        _build_insert(session.get_bind().dialect.name),
        values,
        execution_options={"insertmanyvalues_page_size": IN_ONE_STATEMENT},
    )
    stored = {bytes(row.email_digest): row.id for row in rows}
    _store_consents(session, campaign.id, begun, fresh, stored, now)
    return stored


def reserve_numbers(session: Session, valid: int) -> list[int]:
    """Return ids in any order for as many rows, and more, of a list that an organization brings.

    - Mails that are due at one moment go out by id. An organization that puts addresses of its own
      before and after another's must not learn from the order or the distance of two whether that
      row was new. So known rows use up ids as new ones do, and none follows from a row's place.
    - On SQLite the ids that are left over at the end are given out again.
    """
    wanted = 2 * valid + SPARE_NUMBERS
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(Signature.id))) or 0
        numbers = list(range(last + 1, last + 1 + wanted))
    else:
        sequence = func.pg_get_serial_sequence("signatures", "id")
        rows = select(func.nextval(sequence)).select_from(func.generate_series(1, wanted))
        numbers = [int(number) for number in session.scalars(rows)]
    _random.shuffle(numbers)
    return numbers


def _store_consents(
    session: Session,
    campaign_id: int,
    begun: BegunBatch,
    fresh: Sequence[NewRow],
    stored: dict[bytes, int],
    now: datetime,
) -> None:
    given = [one for one in fresh if one.digest in stored and one.row.answers.consents]
    if not given:
        return
    offers = session.execute(select_offers(campaign_id)).all()
    source = f"import:{begun.batch_id}"
    values = [
        row
        for one in given
        for row in build_consents(offers, stored[one.digest], one.row.answers, now, source)
    ]
    if values:
        session.execute(insert(Consent), values)


def _build_row(
    campaign: CampaignSnapshot, begun: BegunBatch, one: NewRow, now: datetime
) -> dict[str, Any]:
    answers, secret = one.row.answers, make_link_secret()
    words = answers.person.comment
    if campaign.comments == CommentMode.NONE or is_prepared(words, campaign.message):
        words = ""
    publish = answers.publish_comment and campaign.comments != CommentMode.NONE
    signed_at = one.row.signed_at or now
    standing = (
        {"state": SignatureState.CONFIRMED, "confirmed_at": signed_at, "seat": FIRST_SEAT}
        if begun.vouched
        else {"state": SignatureState.PENDING, "confirmed_at": None, "seat": None}
    )
    return standing | {
        "campaign_id": campaign.id,
        "email_digest": one.digest,
        "person": replace(answers.person, comment=words, bound_to=secret),
        "publish_comment": publish,
        "comment_state": judge_comment(campaign.comments, words, publish),
        "show_name": answers.show_name,
        "notify": answers.notify,
        "tell_successor": answers.tell_successor,
        "created_at": signed_at,
        "due_at": now,
        "attempt": 0,
        "batch": begun.name,
        "link_secret": secret,
        "text_version": campaign.text_version,
        "language": begun.language,
    }


@cache
def _build_insert(dialect: str) -> Insert:
    return (
        insert_in(dialect, Signature)
        .on_conflict_do_nothing(
            index_elements=["campaign_id", "email_digest", "seat"],
            index_where=Signature.ended_at.is_(None),
        )
        .returning(Signature.id, Signature.email_digest)
    )
