"""The comments that signers want printed, for review: without names and addresses.

Comments are sealed in the database, so they are opened and compared here: identical ones of a
campaign (except for case, spaces and punctuation) are one row.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, select

from petition.core.extensions import db
from petition.core.sealing import get_sealer
from petition.models import (
    Campaign,
    CommentState,
    District,
    LedgerEntry,
    Milestone,
    Placement,
    Signature,
    SignatureState,
)
from petition.models.campaigns.campaign import SLUG
from petition.models.counts.tally import CARRIED
from petition.models.signatures.comment import waits_for_review
from petition.models.signatures.person import skip_broken
from petition.moderation.judgement import find_reason
from petition.moderation.text_folding import make_same

PAGE = 25
# The most comments that are opened for one list; with more, some of these must be decided first.
MOST_OPENED = 5000
# The highest number shown beside "Comments" on each page of the portal.
MOST_COUNTED = 100


class LetterStage(StrEnum):
    """The stage of the letter that names the signer."""

    NONE = "none"  # no hundred is reached yet
    DUE = "due"  # not sealed yet: a decision still affects it
    GONE = "gone"  # sealed: no decision changes it any more


@dataclass(frozen=True, slots=True)
class CommentRow:
    """One comment for review.

    - ``id``: the signature's. ``same``: the ids of the other listed signatures with the same
      comment.
    - ``state``: see CommentState; an undecided one is ``waiting`` where comments are reviewed.
    - ``reason``: why screening requires a review (see ReadingReason), None where it found none.
    - ``letter``: see LetterStage; of several districts, the stage that a decision matters for most.
    - ``seen``: a keyed hash of the comment, so that a decision applies to exactly this text.
    """

    id: int
    campaign: str
    campaign_title: str
    district: str
    comment: str
    state: str
    reason: str | None
    letter: str
    written_at: datetime
    decided_at: datetime | None
    same: tuple[int, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class CommentPage:
    """A page of ``total`` rows; ``capped``: there are more than MOST_OPENED comments."""

    rows: list[CommentRow]
    total: int
    capped: bool


def list_comments(
    state: CommentState = CommentState.WAITING,
    campaign: str | None = None,
    *,
    gone: bool | None = None,
    page: int = 1,
    size: int = PAGE,
    within: Collection[int] | None = None,
) -> CommentPage:
    """Return comments: those whose hundred waits first, then the oldest; decided ones latest first.

    - ``gone``: only those whose letter is sealed, or only the others; None: both. ``within``: ids
      of campaigns; None: all.
    - Only of confirmed live signatures, since others may never be counted.
    """
    query = _select(state).limit(MOST_OPENED + 1)
    if campaign is not None:
        # The database refuses some input, such as NUL; what is not a slug matches no campaign.
        query = query.where(Campaign.slug == (campaign if SLUG.fullmatch(campaign) else ""))
    if within is not None:
        query = query.where(Signature.campaign_id.in_(within))
    if gone is not None:
        query = query.where(_has_gone() if gone else ~_has_gone())
    found = db.session.execute(query).all()
    groups = _group(found[:MOST_OPENED])
    if state is CommentState.WAITING:
        groups.sort(key=lambda group: min(_RANK[row.letter] for row in group))
    shown = groups[(page - 1) * size : page * size]
    districts = _name_districts([row.id for group in shown for row in group])
    rows = [_describe(group, state, districts) for group in shown]
    return CommentPage(rows, len(groups), len(found) > MOST_OPENED)


def count_waiting(most: int | None = None, within: Collection[int] | None = None) -> int:
    """Return how many comments await review and may still be printed.

    - ``most``: stop counting there; used on each page of the portal. ``within``: ids of campaigns.
    """
    query = select_waiting()
    if within is not None:
        query = query.where(Signature.campaign_id.in_(within))
    if most is not None:
        query = query.limit(most)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def select_waiting() -> Select[datetime]:
    """Return a query of since when each comment awaits review that may still be printed."""
    return (
        select(func.coalesce(Signature.confirmed_at, Signature.created_at))
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(waits_for_review(), Signature.state != SignatureState.PENDING, ~_has_gone())
    )


def mark_seen(comment: str) -> str:
    """Return the keyed hash that identifies the comment of a decision."""
    return get_sealer().digest(comment, "comment.seen").hex()[:16]


_RANK = {LetterStage.DUE: 0, LetterStage.NONE: 1, LetterStage.GONE: 2}


def _select(state: CommentState) -> Select[*tuple[Any, ...]]:
    columns: Select[*tuple[Any, ...]] = select(
        Signature.id,
        Signature.campaign_id,
        Signature.person,
        Signature.created_at,
        Signature.comment_state,
        Signature.comment_decided_at,
        Campaign.slug,
        Campaign.title,
        _find_letter().label("letter"),
    ).join(Campaign, Campaign.id == Signature.campaign_id)
    standing = and_(
        Signature.ended_at.is_(None),
        Signature.state != SignatureState.PENDING,
        Signature.comment_state == state,
    )
    if state is CommentState.WAITING:
        unread = and_(waits_for_review(), Signature.state != SignatureState.PENDING)
        return columns.where(unread).order_by(Signature.id)
    if state is CommentState.STRUCK:
        standing = and_(standing, Signature.comment_decided_at.is_not(None))
    else:
        standing = and_(standing, ~waits_for_review())
    latest = Signature.comment_decided_at.desc().nulls_last()
    return columns.where(standing).order_by(latest, Signature.id.desc())


def _carried(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .where(LedgerEntry.signature_id == Signature.id, LedgerEntry.left_at.is_(None), *conditions)
        .correlate(Signature)
    )


def _sealed(sealed: bool) -> ColumnElement[bool]:
    moment = Milestone.sealed_at
    return exists().where(CARRIED, moment.is_not(None) if sealed else moment.is_(None))


def _has_gone() -> ColumnElement[bool]:
    """Return the condition that every letter that can name the signer now is sealed."""
    return and_(_carried(), ~_carried(~_sealed(True)))


def _find_letter() -> ColumnElement[str]:
    return case(
        (_carried(_sealed(False)), LetterStage.DUE),
        (_has_gone(), LetterStage.GONE),
        else_=LetterStage.NONE,
    )


def _group(rows: Iterable[Row[Any]]) -> list[list[Row[Any]]]:
    groups: dict[tuple[int, str], list[Row[Any]]] = {}
    for row in rows:
        if skip_broken(row.person) is not None:
            key = row.campaign_id, make_same(row.person.comment)
            groups.setdefault(key, []).append(row)
    return list(groups.values())


def _describe(
    group: list[Row[Any]], state: CommentState, districts: dict[int, list[str]]
) -> CommentRow:
    first = group[0]
    named = dict.fromkeys(name for row in group for name in districts.get(row.id, []))
    reason = find_reason(first.person.comment)
    return CommentRow(
        id=first.id,
        campaign=first.slug,
        campaign_title=first.title,
        district="; ".join(named),
        comment=first.person.comment,
        state=state.value,
        reason=reason.value if reason else None,
        letter=min((row.letter for row in group), key=_RANK.__getitem__),
        written_at=first.created_at,
        decided_at=first.comment_decided_at,
        same=tuple(row.id for row in group[1:]),
        seen=mark_seen(first.person.comment),
    )


def _name_districts(signature_ids: Sequence[int]) -> dict[int, list[str]]:
    rows = db.session.execute(
        select(Placement.signature_id, District.name, District.state)
        .join(District, District.id == Placement.district_id)
        .where(Placement.signature_id.in_(signature_ids))
        .order_by(Placement.signature_id, District.layer, District.name)
    )
    named: dict[int, list[str]] = {}
    for signature_id, name, state in rows:
        named.setdefault(signature_id, []).append(f"{name}, {state}")
    return named
