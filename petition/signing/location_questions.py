"""The single-use link that asks a signer for their location, right after they have signed.

It must not reveal whether the address had signed before, so it is sealed: of equal length for the
same answers, and without a visible difference between a signature, unconfirmed answers and a
robot's. It refers to the row that was just stored, whichever that is.

- It contains the row's secret and the number of its next answer. Each answer increases the number,
  and so does every action of the mailbox's owner: after that a stranger who entered the address
  can answer nothing.
- This applies to every row of the mailbox: an action of the owner ends the questions of their own
  signature and of a stranger's answers alike. One that stayed valid would reveal which it is.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from petition.core.clock import utcnow
from petition.core.columns import ROW_SECRET_BYTES
from petition.core.errors import ConfigurationError, TokenExpired
from petition.core.extensions import db
from petition.core.sealing import get_sealer, read_text, write_text
from petition.models import Signature
from petition.signing.link_tokens import LinkProblem, refuse_link

PURPOSE = "signature.address"
# Signature, its secret, the number of its next answer, campaign, time, how many questions came
# before, whether the page had a field for a street, whether the mailbox is confirmed, ZIP; followed
# by two lines: the districts named so far, and what was chosen in the form.
LAYOUT = struct.Struct(f">Q{ROW_SECRET_BYTES}sIQdB??5s")
# Its text is filled up to a multiple of this: logs have the URL, whose length would otherwise tell
# what was chosen.
BLOCK = 128  # bytes
GOOD_FOR = timedelta(hours=1)  # for all questions after one signing together
MOST_ASKED = 6  # consecutive pages: each layer by name, another ZIP, a street


@dataclass(frozen=True, slots=True)
class Asked:
    """The row that a question is about, by its id and secret, and the number of its next answer."""

    signature_id: int
    secret: bytes
    number: int = 0

    def fits(self, signature: Signature) -> bool:
        """Return whether the row is still the same, and was not answered since."""
        secret = signature.link_secret
        if not secret or not compare_digest(secret, self.secret):
            return False
        return signature.question_number == self.number


NOBODY = Asked(0, b"")


@dataclass(frozen=True, slots=True)
class Question:
    """The content of the link.

    - ``home``: the districts named so far (petition/models/signatures/home.py), also if nothing is
      stored. ``asked``: how many pages asked before this one. ``boxed``: the page had a field for a
      street. ``confirmed``: the signer had confirmed by mail. ``at``: when the first question was
      made. ``chosen``: what was ticked in the form; see just_signed.py.
    """

    whom: Asked
    campaign_id: int
    postal_code: str
    home: str
    asked: int
    boxed: bool
    confirmed: bool
    at: datetime
    chosen: frozenset[str] = frozenset()


def make_question(
    whom: Asked | int | None,
    campaign_id: int,
    postal_code: str,
    home: str = "",
    *,
    asked: int = 0,
    boxed: bool = False,
    confirmed: bool = False,
    at: datetime | None = None,
    chosen: frozenset[str] = frozenset(),
) -> str:
    """Return the token of the page that asks this signer for their location.

    - ``whom``: the row; looked up if only the signature's id is given; None for no row.
    """
    if not isinstance(whom, Asked):
        whom = find_asked(whom) if whom else NOBODY
    packed = LAYOUT.pack(
        whom.signature_id,
        whom.secret,
        whom.number,
        campaign_id,
        (at or utcnow()).timestamp(),
        asked,
        boxed,
        confirmed,
        postal_code.encode()[:5],
    )
    lines = fill_up(f"{home}\n{' '.join(sorted(chosen))}")
    return write_text(get_sealer().seal(packed + lines.encode(), PURPOSE))


def fill_up(text: str) -> str:
    """Return the text with spaces behind it, up to a whole number of BLOCKs."""
    return text + " " * (-len(text.encode()) % BLOCK)


def ask_on(question: Question, postal_code: str, home: str) -> str:
    """Return the token of the question after one that was answered; its expiry is the same."""
    whom = question.whom
    return make_question(
        Asked(whom.signature_id, whom.secret, whom.number + 1),
        question.campaign_id,
        postal_code,
        home,
        asked=question.asked + 1,
        confirmed=question.confirmed,
        at=question.at,
        chosen=question.chosen,
    )


def find_asked(signature_id: int) -> Asked:
    """Return the signature's current secret and number; NOBODY if there is no such row."""
    row = db.session.execute(
        select(Signature.link_secret, Signature.question_number).where(Signature.id == signature_id)
    ).one_or_none()
    return Asked(signature_id, row.link_secret or b"", row.question_number) if row else NOBODY


def read_question(token: str) -> Question:
    """Return the question in a token; raises TokenRefused or TokenExpired."""
    try:
        packed = get_sealer().open(read_text(token), PURPOSE)
        signer, secret, number, campaign, at, asked, boxed, confirmed, code = LAYOUT.unpack_from(
            packed
        )
    except (ValueError, struct.error, ConfigurationError):
        raise refuse_link() from None
    if utcnow().timestamp() > at + GOOD_FOR.total_seconds():
        raise TokenExpired(LinkProblem.QUESTION_EXPIRED)
    whom = Asked(signer, secret if any(secret) else b"", number)
    home, _, chosen = packed[LAYOUT.size :].decode().partition("\n")
    made = datetime.fromtimestamp(at, UTC)
    known = frozenset(chosen.split())
    return Question(whom, campaign, code.decode(), home, asked, boxed, confirmed, made, known)


def end_questions(session: Session, signature_id: int) -> None:
    """Invalidate all questions about a live signature and about the others of its mailbox.

    - Called for each action of the mailbox's owner, before any other of its rows is locked: the
      rows are locked in the order of their ids, so that two such actions do not deadlock.
    """
    own = aliased(Signature)
    mailbox = (
        select(Signature.id)
        .join(
            own,
            (own.campaign_id == Signature.campaign_id)
            & (own.email_digest == Signature.email_digest),
        )
        .where(own.id == signature_id, own.ended_at.is_(None), Signature.ended_at.is_(None))
        .order_by(Signature.id)
        .with_for_update(of=Signature)
    )
    session.execute(
        update(Signature)
        .where(Signature.id.in_(session.scalars(mailbox).all()))
        .values(question_number=Signature.question_number + 1)
    )
