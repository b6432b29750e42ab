"""Signature: one person's signing of one campaign."""

import os
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    String,
    event,
    false,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import ROW_SECRET_BYTES, BigPrimaryKey, Sealed, one_of, partial_index
from petition.core.database import HELD_BY_TRIGGER, Base
from petition.models.outgoing.dispatched import Leased
from petition.models.signatures.person import BROKEN, Person
from petition.models.states import ENDED, SignatureState

_ENDED = "state IN ({})".format(", ".join(f"'{state}'" for state in ENDED))
_LIVE = "ended_at IS NULL"
# Most rows are counted and stay so. The queries that look for others say this too, word for word:
# that is how SQLite knows that it may use the index.
UNCOUNTED = text("state <> 'counted'")
UNDECIDED = text("comment_state IS NOT NULL AND comment_decided_at IS NULL AND ended_at IS NULL")
LEFTOVERS = text("state = 'erased' AND emptied_at IS NULL")
_ERASED = "state = 'erased'"
_COMMENTS = "'waiting', 'allowed', 'struck'"
# Why a signature waits whose mailbox was counted elsewhere; petition/locating/outcomes.py has the
# words for each. It is counted by itself when ``waits_until`` is over.
MOVED_AFTER_LETTER = "moved-after-letter"
MOVED_TWICE = "moved-twice"
MAILBOX_ELSEWHERE = "mailbox-elsewhere"
# Why one waits whose person does not open; see petition/transitions/unreadable_signatures.py.
UNREADABLE = "unreadable"
MOVES = (MOVED_AFTER_LETTER, MOVED_TWICE, MAILBOX_ELSEWHERE)
# Two people may share a mailbox.
FIRST_SEAT = 1
SEATS = (FIRST_SEAT, 2)
MOST_NAME_CHANGES = 3
LONGEST_CAUSE = 60  # characters of a code and a phase, "550 5.1.1 at rcpt"


def make_link_secret() -> bytes:
    """Return what the private links of one signature carry, and those of no other."""
    return os.urandom(ROW_SECRET_BYTES)


class Signature(Leased, Base):
    """One signing.

    Constraints that carry invariants (docs/invariants.md):

    - 2, one signature: ``uq_signatures_one_live`` allows one live row for a mailbox (the keyed hash
      of the canonical e-mail), a campaign and a ``seat``; ``ck_signatures_ended_has_its_moment``
      says which rows are live. The index asks ``ended_at``, so that no change of state has to
      rewrite it.
    - 2, answers that nobody has confirmed are no signature: ``ck_signatures_seat_once_confirmed``
      gives a live row a seat exactly when it is not pending, so any number of pending ones may
      stand beside one another; ``ck_signatures_seat_known``: two people at most share a mailbox.
    - 7, no coordinates: there is no column for them, only an H3 cell of resolution 7.
    - An erased row holds nobody: ``ck_signatures_erased_is_empty``.
    - Words are printed once they are allowed: ``ck_signatures_comment_to_publish`` keeps a state
      only where its signer wants them printed (struck ones stay struck, so that ticking the box
      anew does not undo it), ``ck_signatures_comment_decided`` a decision only where there is one,
      and the trigger ``signatures_refuse_unread`` lets what waited, or was struck, be allowed only
      by a decision. That words needed one in the first place is code: they are sealed.

    On PostgreSQL all checks are held by the triggers ``signatures_keep_rules_at_insert`` and
    ``..._at_update`` under their names: it reads every check of a table anew for each INSERT, and a
    signing is one. The key to the campaign is held by ``signatures_refuse_other_text``, which locks
    its row, ``signatures_refuse_other_key`` and ``campaigns_refuse_delete``.

    ``due_at``: the moment from which a worker should look at the row, None when nothing is due.
    A claim pushes it ahead, so it is lease and back-off in one.

    - pending: mail the confirmation, and once it is mailed (``mailed_at``) expire; confirmed:
      locate; ended, or relocated into review: take it out of the tallies.

    What a signer allowed: ``show_name`` (first name, initial and town among the recent ones),
    ``notify`` (a mail when the letter was delivered), ``tell_successor`` (one about the campaign
    that follows). ``reject_reason``: a guard took it for a robot's; it was answered like any other.
    ``unreachable_at``: mail to it came back. ``doubted_at``: when it first came back for a reason
    that may be another; a second time, days later, it is unreachable. ``unreachable_cause``: by
    which code and phase it last became so.

    Where it came from, for whoever looks at a hundred before its letter is made (petition/counting/
    evidence.py): ``networks``: keyed hashes of the /24, or of the /48 and the /56, for seven days;
    ``loaded_form``: whether the form was ever loaded, ``form_at``: when it was made; ``batch``:
    what it was imported with. None: not known. ``invalidated_with``: the milestone that staff
    rejected it with.

    ``comment_state``: see CommentState; NULL where no words are to be printed.
    ``comment_decided_at``: when a person allowed or struck them, NULL while nobody has.

    ``proved_at``: when a link that was mailed to it was acted on, so that the mailbox is known to
    be its signer's; None while it is only said to be, as where nobody is confirmed by mail.
    ``link_secret``: what its private links carry: a restored database gives out a number again.
    Making it anew ends the links that went.
    ``question_number``: the number that the next answer by the question's link must carry; each
    answer, and each thing that the mailbox's owner does, makes it another
    (signing/location_questions.py). ``bound_to``: what ``person`` is sealed for where that is not
    ``link_secret``: the first one of those whose links were called back. ``amended_at``: when its
    signer last changed what a letter prints of it. ``name_changes``: how often they changed the
    name (``ck_signatures_name_changes_few``).

    ``resubscribed_at``: when mail was last asked for again after it had been unsubscribed from.
    ``answered_at``: when its signer last said where they live, whatever came of it.
    ``touched_at``: when anything was last done with it that the trail has an event of
    (audit/trail.py writes both).

    ``relocated``: it was counted before and is located once more, since boundaries changed or its
    signer moved; until it is counted again it stays in the count where it was.

    ``text_version``: of its campaign, which its signer had before them.

    ``emptied_at``: when what an erasure leaves in the row was let go as well
    (retention/erasure_leftovers.py).

    ``moved``: since it was counted, its signer has given another address. ``waits_until``: when a
    move's wait in review is over; in the past, it is not judged again. Counting clears both.
    """

    __tablename__ = "signatures"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], info={HELD_BY_TRIGGER: True}),
        one_of("state", SignatureState),
        CheckConstraint(f"({_ENDED}) = (ended_at IS NOT NULL)", name="ended_has_its_moment"),
        CheckConstraint(f"NOT ({_ERASED}) OR person IS NULL", name="erased_is_empty"),
        CheckConstraint(f"({_ERASED}) OR person IS NOT NULL", name="kept_until_erased"),
        CheckConstraint(f"comment_state IN ({_COMMENTS})", name="comment_state_known"),
        CheckConstraint(
            "comment_state IS NULL OR comment_state = 'struck' OR publish_comment",
            name="comment_to_publish",
        ),
        CheckConstraint(
            "(comment_decided_at IS NULL OR coalesce(comment_state, '') IN ('allowed', 'struck'))"
            " AND (comment_decided_at IS NOT NULL OR coalesce(comment_state, '') <> 'struck')",
            name="comment_decided",
        ),
        CheckConstraint("seat IN (1, 2)", name="seat_known"),
        CheckConstraint(
            "ended_at IS NOT NULL OR (state = 'pending') = (seat IS NULL)",
            name="seat_once_confirmed",
        ),
        CheckConstraint("name_changes BETWEEN 0 AND 3", name="name_changes_few"),
        partial_index(
            "uq_signatures_one_live",
            "campaign_id",
            "email_digest",
            "seat",
            where=_LIVE,
            unique=True,
        ),
        partial_index(
            "ix_signatures_unsubscribed",
            "campaign_id",
            "email_digest",
            where="unsubscribed_at IS NOT NULL",
        ),
        partial_index("ix_signatures_uncounted", "campaign_id", "state", "id", where=UNCOUNTED),
        partial_index("ix_signatures_shown", "campaign_id", "confirmed_at", where="show_name"),
        partial_index("ix_signatures_near", "campaign_id", "cell", where="show_name"),
        partial_index(
            "ix_signatures_comments_undecided",
            "campaign_id",
            "comment_state",
            "id",
            where=UNDECIDED,
        ),
        partial_index(
            "ix_signatures_comments_decided",
            "comment_decided_at",
            where="comment_decided_at IS NOT NULL",
        ),
        partial_index("ix_signatures_due", "state", "due_at", where="due_at IS NOT NULL"),
        partial_index("ix_signatures_waiting", "waits_until", where="waits_until IS NOT NULL"),
        partial_index("ix_signatures_leftovers", "ended_at", where=LEFTOVERS),
        # Who signs was here before, and where.
        partial_index(
            "ix_signatures_ended", "campaign_id", "email_digest", where="ended_at IS NOT NULL"
        ),
    )

    id: Mapped[BigPrimaryKey]
    campaign_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    email_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    person: Mapped[Person | None] = mapped_column(
        Sealed(Person, "signature.person", BROKEN, ("bound_to", "link_secret"))
    )
    publish_comment: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    precision: Mapped[str | None] = mapped_column(String(10))
    geocoder: Mapped[str | None] = mapped_column(String(20))
    cell: Mapped[str | None] = mapped_column(String(15))
    review_reason: Mapped[str | None] = mapped_column(String(40))
    relocated: Mapped[bool] = mapped_column(default=False, server_default=false())
    moved: Mapped[bool] = mapped_column(server_default=false())
    waits_until: Mapped[datetime | None]
    show_name: Mapped[bool] = mapped_column(default=False, server_default=false())
    notify: Mapped[bool] = mapped_column(default=False, server_default=false())
    tell_successor: Mapped[bool] = mapped_column(default=False, server_default=false())
    language: Mapped[str] = mapped_column(String(5), default="en", server_default="en")
    reject_reason: Mapped[str | None] = mapped_column(String(20))
    unreachable_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    networks: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    loaded_form: Mapped[bool | None]
    form_at: Mapped[datetime | None]
    batch: Mapped[str | None] = mapped_column(String(40))
    invalidated_with: Mapped[int | None]
    comment_state: Mapped[str | None] = mapped_column(String(8))
    comment_decided_at: Mapped[datetime | None]
    seat: Mapped[int | None] = mapped_column(SmallInteger)
    proved_at: Mapped[datetime | None]
    link_secret: Mapped[bytes | None] = mapped_column(
        LargeBinary(ROW_SECRET_BYTES), default=make_link_secret
    )
    question_number: Mapped[int] = mapped_column(server_default="0")
    bound_to: Mapped[bytes | None] = mapped_column(LargeBinary(ROW_SECRET_BYTES))
    amended_at: Mapped[datetime | None]
    name_changes: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    emptied_at: Mapped[datetime | None]
    text_version: Mapped[int] = mapped_column(server_default="1")
    unreachable_cause: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE))
    resubscribed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    touched_at: Mapped[datetime | None]


@event.listens_for(Signature, "before_insert")
@event.listens_for(Signature, "before_update")
def _bind_person(mapper: Any, connection: Any, signature: Signature) -> None:
    """Have a person that is written sealed for this row, and for no other."""
    state = inspect(signature)
    if not any(state.attrs[name].history.has_changes() for name in ("person", "link_secret")):
        return
    person = signature.person
    if person is None or not person.is_readable:
        return
    secret = signature.bound_to or signature.link_secret
    if secret is None:
        signature.link_secret = secret = make_link_secret()
    if person.bound_to != secret:
        signature.person = replace(person, bound_to=secret)
