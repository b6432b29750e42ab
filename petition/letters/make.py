"""Makes the letters of a milestone: reads, renders, stores, and assigns them to their deliveries.

Three steps, so that no transaction is open while pages are laid out:

1. One transaction claims the milestone's queued deliveries and reads whom the letter names.
2. The PDFs are rendered and stored by their SHA-256.
3. One transaction checks that since step 1 no named signer has left or corrected what is
   printed of them, and files the letters.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.content.stores import ContentStore
from petition.core.errors import LetterStale, Permanent, UserError
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.dispatch.leases import find_lease_end
from petition.dispatch.pauses import is_paused, may_go
from petition.letters.content import LetterContent
from petition.letters.holds import (
    check_nobody_gone,
    hold,
    is_anyone_broken,
    put_off,
    waits_for_verdict,
)
from petition.letters.mail_words import write_mail
from petition.letters.milestone_reader import (
    LetterMember,
    address_posts,
    read_contents,
    read_members,
)
from petition.letters.removals import ask_removal, find_needed, is_any_removed, remove_asked
from petition.letters.render import RenderedLetter, render_letters
from petition.models import (
    Delivery,
    DeliveryState,
    HoldReason,
    Letter,
    Milestone,
    MilestoneState,
)
from petition.models.officials.post import Addressee
from petition.moderation.printable_words import read_words
from petition.replies.reply_list import read_replies
from petition.transitions.delivery_changes import give_letter
from petition.transitions.tally_lock import lock_tally

log = get_logger(__name__)

# The most letters of one district per call: made within a lease, at a second or two per letter.
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class _Job:
    """The data of step 1: the letters to make, whom they name, whose words and replies.

    - ``read_at``: whose day the letters are dated.
    """

    posts: list[tuple[int, Addressee]]
    deliveries: list[int]
    members: list[LetterMember]
    words: str | None
    replies: str | None
    contents: list[LetterContent]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class _FiledLetter:
    """One letter to file: for whom, its PDF, and what the message with it says."""

    post_id: int
    addressee: Addressee
    rendered: RenderedLetter
    message: dict[str, str]


def make_letters(milestone_id: int, store: ContentStore) -> list[int]:
    """Render letters that a milestone's queued deliveries wait for; return those deliveries.

    - At most AT_ONCE of them: call it until it returns none.
    - Returns an empty list if nothing is queued, if another worker has claimed the deliveries, and
      if the hundred was not reviewed and cleared (counting/brake.py).
    - A delivery is held, with its reason, if its district is out of force or below its threshold
      again, if the seat is vacant, or if the campaign's text cannot be rendered.
    - No letter is made yet while the hundred waits for a person to read its words.
    - Nor while its campaign is paused (petition/dispatch/pauses.py).
    - Nor if the data of a named signer does not open: see ``is_anyone_broken``.
    - Raises LetterStale if a named signer has left and is not yet removed from the count;
      StorageUnavailable if the store does not answer, before anything is claimed or laid out.
    """
    store.check()
    job = _read(milestone_id)
    if job is None or not job.posts:
        return []
    try:
        letters = render_letters(job.contents)
    except (Permanent, UserError) as error:  # a retry would fail again: for a person to resolve
        log.error("letter.not_made", milestone=milestone_id, code=error.code)
        with transaction() as session:
            hold(session, job.deliveries, HoldReason.NOT_RENDERED, error.code)
        return []
    for letter in letters:
        store.put(letter.pdf)
    return _file(milestone_id, job, letters, store)


def find_due_milestones(limit: int = 200) -> list[int]:
    """Return the milestones with a delivery that waits for its letter now, and is not paused."""
    return list(
        db.session.scalars(
            select(Delivery.milestone_id)
            .join(Milestone, Milestone.id == Delivery.milestone_id)
            .where(Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= utcnow(), may_go())
            .group_by(Delivery.milestone_id)
            .order_by(func.min(Delivery.due_at))
            .limit(limit)
        )
    )


def _read(milestone_id: int) -> _Job | None:
    now = utcnow()
    with transaction() as session:
        milestone = session.get_one(Milestone, milestone_id)
        live = lock_tally(session, milestone.campaign_id, milestone.district_id)
        session.refresh(milestone)
        if is_paused(session, milestone.campaign_id):  # the lock is held already
            return None
        if waits_for_verdict(session, milestone, live):
            return None
        due = (
            select(Delivery.id)
            .where(
                Delivery.milestone_id == milestone_id,
                Delivery.state == DeliveryState.QUEUED,
                Delivery.due_at <= now,
            )
            .order_by(Delivery.id)
            .limit(AT_ONCE)
            .with_for_update()
        )
        claimed = session.execute(
            update(Delivery)
            .where(Delivery.id.in_(due))
            .values(due_at=find_lease_end(now))
            .returning(Delivery.id, Delivery.post_id)
        ).all()
        if not claimed:
            return None
        if not milestone.district.in_force and milestone.sealed_at is None:
            hold(session, [row.id for row in claimed], HoldReason.REDISTRICTED)
            return None
        if live < milestone.threshold and milestone.district.in_force:
            hold(session, [row.id for row in claimed], HoldReason.BELOW)
            return None
        check_nobody_gone(session, milestone)
        words = read_words(session, milestone)
        if put_off(session, milestone, words, [row.id for row in claimed], now):
            return None
        addressees = address_posts(session, {row.post_id for row in claimed}, now.date())
        vacant = [row.id for row in claimed if addressees[row.post_id] is None]
        hold(session, vacant, HoldReason.VACANT)
        posts = {post_id: found for post_id, found in addressees.items() if found}
        members = read_members(session, milestone)
        if is_anyone_broken(session, milestone, members, claimed, now):
            return None
        replies = read_replies(session, milestone)
        return _Job(
            posts=list(posts.items()),
            deliveries=[row.id for row in claimed if row.post_id in posts],
            members=members,
            words=words.mark,
            replies=replies.mark,
            contents=read_contents(
                session, milestone, members, words, replies, posts.values(), now
            ),
            read_at=now,
        )


def _file(
    milestone_id: int, job: _Job, letters: list[RenderedLetter], store: ContentStore
) -> list[int]:
    now = utcnow()
    hashes = {letter.sha256 for letter in letters}
    with transaction() as session:
        milestone = session.get_one(Milestone, milestone_id)
        lock_tally(session, milestone.campaign_id, milestone.district_id)
        session.refresh(milestone)
        stale = not _is_as_read(session, milestone, job)
        swept = not stale and is_any_removed(session, hashes)
        if stale or swept:
            _make_due(session, job.deliveries, now)
        else:
            for (post_id, addressee), letter, content in zip(
                job.posts, letters, job.contents, strict=True
            ):
                filed = _FiledLetter(post_id, addressee, letter, write_mail(content))
                _file_one(session, milestone, filed, job, now)
        # A stale PDF names a signer who has left, and is removed. A swept one is made again.
        vain = set() if swept else hashes - find_needed(session, hashes)
        asked = ask_removal(session, vain)
    remove_asked(store, asked)
    if stale:
        raise LetterStale("someone left, or names or words changed, while the letter was rendered")
    if swept:
        raise LetterStale("the same letter was being removed while it was rendered again")
    return job.deliveries


def _is_as_read(session: Session, milestone: Milestone, job: _Job) -> bool:
    """Return whether the hundred is still cleared, with the same people, words and replies."""
    if milestone.state != MilestoneState.CLEARED:
        return False
    return (
        read_members(session, milestone) == job.members
        and read_words(session, milestone).mark == job.words
        and read_replies(session, milestone).mark == job.replies
    )


def _file_one(
    session: Session,
    milestone: Milestone,
    one: _FiledLetter,
    job: _Job,
    now: datetime,
) -> None:
    letter = session.scalars(
        select(Letter).where(
            Letter.milestone_id == milestone.id,
            Letter.post_id == one.post_id,
            Letter.superseded_at.is_(None),
        )
    ).one_or_none()
    if letter is None:
        letter = Letter(
            milestone_id=milestone.id,
            post_id=one.post_id,
            sha256=one.rendered.sha256,
            pages=one.rendered.pages,
            size=len(one.rendered.pdf),
            names=len(job.members),
            addressee=one.addressee.block,
            message=one.message,
            words=job.words,
            replies=job.replies,
            rendered_at=job.read_at,
        )
        session.add(letter)
        session.flush()
        record(session, "letter.rendered", "letter", letter.id, detail={"sha256": letter.sha256})
    give_letter(session, letter, now)


def _make_due(session: Session, delivery_ids: list[int], now: datetime) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.QUEUED)
        .values(due_at=now)
    )
