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
# Most rows are counted and stay so. The queries for others contain this condition word for word,
# without which SQLite does not use the index.
UNCOUNTED = text("state <> 'counted'")
UNDECIDED = text("comment_state IS NOT NULL AND comment_decided_at IS NULL AND ended_at IS NULL")
LEFTOVERS = text("state = 'erased' AND emptied_at IS NULL")
_ERASED = "state = 'erased'"
_COMMENTS = "'waiting', 'allowed', 'struck'"
# Why a signature waits whose mailbox was counted elsewhere; petition/locating/outcomes.py has the
# text of each. It is counted without an action of staff once ``waits_until`` has passed.
MOVED_AFTER_LETTER = "moved-after-letter"
MOVED_TWICE = "moved-twice"
MAILBOX_ELSEWHERE = "mailbox-elsewhere"
# Why a signature waits whose person does not open: petition/transitions/unreadable_signatures.py.
UNREADABLE = "unreadable"
MOVES = (MOVED_AFTER_LETTER, MOVED_TWICE, MAILBOX_ELSEWHERE)
# Two people may share a mailbox.
FIRST_SEAT = 1
SEATS = (FIRST_SEAT, 2)
MOST_NAME_CHANGES = 3
LONGEST_CAUSE = 60  # characters of a code and a phase, "550 5.1.1 at rcpt"


def make_link_secret() -> bytes:
    """Return a random secret for the private links of one signature."""
    return os.urandom(ROW_SECRET_BYTES)


class Signature(Leased, Base):
    """One person's signature under one campaign.

    Constraints that carry invariants (docs/invariants.md):

    - 2, one signature: ``uq_signatures_one_live`` allows one live row for a mailbox (the keyed hash
      of the canonical e-mail), a campaign and a ``seat``; ``ck_signatures_ended_has_its_moment``
      says which rows are live. The index uses ``ended_at``, so that no change of state has to
      rewrite it.
    - 2, answers that nobody has confirmed are no signature: ``ck_signatures_seat_once_confirmed``
      gives a live row a seat exactly when it is not pending, so any number of pending ones may
      exist at once; ``ck_signatures_seat_known``: two people at most share a mailbox.
    - 7, no coordinates: there is no column for them, only an H3 cell of resolution 7.
    - An erased row identifies nobody: ``ck_signatures_erased_is_empty``.
    - Words are printed once they are allowed: ``ck_signatures_comment_to_publish`` allows a state
      only if its signer wants them printed (struck ones stay struck, so that ticking the box again
      does not undo it), ``ck_signatures_comment_decided`` a decision only with such a state, and
      the trigger ``signatures_refuse_unread`` allows words that waited, or were struck, only with a
      decision. Code, not the database, decides which words need one: they are sealed.

    On PostgreSQL all checks are enforced by the triggers ``signatures_keep_rules_at_insert`` and
    ``..._at_update`` under their names: PostgreSQL reads every check of a table again for each
    INSERT, and a signing is one. The key to the campaign is enforced by
    ``signatures_refuse_other_text``, which locks its row, ``signatures_refuse_other_key`` and
    ``campaigns_refuse_delete``.

    ``due_at``: the time from which a worker should process the row, None if nothing is due.
    A claim postpones it, so it is both lease and back-off.

    - pending: mail the confirmation, and once it is mailed (``mailed_at``) expire; confirmed:
      locate; ended, or relocated into review: remove it from the tallies.

    Permissions of the signer: ``show_name`` (first name, initial and town among the recent ones),
    ``notify`` (a mail when the letter was delivered), ``tell_successor`` (one about the campaign
    that follows). ``reject_reason``: a guard judged it to be a bot's; the response was the usual
    one. ``unreachable_at``: mail to it was returned. ``doubted_at``: when it was first returned for
    a reason that may not be the mailbox; after a second time, days later, it is unreachable.
    ``unreachable_cause``: the code and phase by which it last became so.

    Origin, for the review of a hundred before its letter is made (petition/counting/evidence.py):
    ``networks``: keyed hashes of the /24, or of the /48 and the /56, for seven days;
    ``loaded_form``: whether the form was ever loaded, ``form_at``: when it was made; ``batch``: the
    import that it was part of. None: not known. ``invalidated_with``: the milestone with which
    staff rejected it.

    ``comment_state``: see CommentState; NULL if no words are to be printed.
    ``comment_decided_at``: when a person allowed or struck them, NULL until then.

    ``proved_at``: when a link mailed to it was used, which proves that the mailbox is its signer's;
    None while that is only claimed, as in campaigns without confirmation by mail.
    ``link_secret``: contained in its private links, since a restored database may assign an id
    again. Replacing it invalidates the links that were sent.
    ``question_number``: the number that the next answer by the question's link must have; each
    answer, and each action of the mailbox's owner, changes it (signing/location_questions.py).
    ``bound_to``: the secret for which ``person`` is sealed if that is not ``link_secret``: the
    first one of those that were replaced. ``amended_at``: when its signer last changed the data
    that a letter prints. ``name_changes``: how often they changed the name
    (``ck_signatures_name_changes_few``).

    ``resubscribed_at``: when mail was last requested again after it had been unsubscribed.
    ``answered_at``: when its signer last answered where they live, with whatever result.
    ``touched_at``: when the last action on it with an event in the trail was done (audit/trail.py
    writes both).

    ``relocated``: it was counted before and is located again, since boundaries changed or its
    signer moved; until it is counted again it stays in the count of its previous districts.

    ``text_version``: of its campaign, as shown to its signer. ``offer_set_id``: which offers of
    organizations were shown to them (OfferSet); None: not known, as for an import, or there were
    none.

    ``emptied_at``: when the data that an erasure leaves in the row was deleted as well
    (retention/erasure_leftovers.py).

    ``moved``: since it was counted, its signer has given another address. ``waits_until``: when a
    move's wait in review ends; if in the past, it is not judged again. Counting clears both.
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
        partial_index("ix_signatures_batch", "batch", "id", where="batch IS NOT NULL"),
        # Earlier signatures of a mailbox, and their districts.
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
    offer_set_id: Mapped[int | None]
    unreachable_cause: Mapped[str | None] = mapped_column(String(LONGEST_CAUSE))
    resubscribed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    touched_at: Mapped[datetime | None]


@event.listens_for(Signature, "before_insert")
@event.listens_for(Signature, "before_update")
def _bind_person(mapper: Any, connection: Any, signature: Signature) -> None:
    """Bind a person that is written to the secret of this row, for which it is then sealed."""
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
