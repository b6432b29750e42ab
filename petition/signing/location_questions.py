"""The link that asks a signer where they live, right after they have signed: used once.

It must tell nobody whether the person had signed before, so it is sealed: of one length for the
same answers, and the same to look at for a signature, for answers that wait to be confirmed, and
for a robot's. It is about the row that was just stored, whichever that is.

- It carries the row's secret and the number of its next answer. An answer makes that another, and
  so does whatever the mailbox's owner does: a stranger who typed the address has no say after them.
- Any row of the mailbox counts as its own for that: what the owner does ends the question of their
  own signature and that of a stranger's answers alike, or the one that goes on would tell.
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
# Signature, its secret, the number of its next answer, campaign, moment, how many were asked
# before, whether a box was given for a street and whether the mailbox has confirmed, ZIP; behind it
# what was named so far.
LAYOUT = struct.Struct(f">Q{ROW_SECRET_BYTES}sIQdB??5s")
GOOD_FOR = timedelta(hours=1)  # all that is asked after one signing
MOST_ASKED = 6  # pages in a row: each layer by name, another ZIP, a street


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a question asks: a row by its number and secret, and the number of its next answer."""

    signature_id: int
    secret: bytes
    number: int = 0

    def fits(self, signature: Signature) -> bool:
        """Return whether the row is still the one that was asked, and nobody has answered since."""
        secret = signature.link_secret
        if not secret or not compare_digest(secret, self.secret):
            return False
        return signature.question_number == self.number


NOBODY = Asked(0, b"")


@dataclass(frozen=True, slots=True)
class Question:
    """What the link asks whom.

    - ``home``: what they have named so far (petition/models/signatures/home.py), also where
      nothing is stored. ``asked``: how many pages asked before this one. ``boxed``: a box was
      given for a street. ``confirmed``: it was made for who had confirmed by mail. ``at``: when
      the first was made.
    """

    whom: Asked
    campaign_id: int
    postal_code: str
    home: str
    asked: int
    boxed: bool
    confirmed: bool
    at: datetime


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
) -> str:
    """Return the token of the page that asks this signer where they live.

    - ``whom``: looked up where only the signature's number is given; None for nobody.
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
    return write_text(get_sealer().seal(packed + home.encode(), PURPOSE))


def ask_on(question: Question, postal_code: str, home: str) -> str:
    """Return the token of the question after one that was answered; it lasts no longer."""
    whom = question.whom
    return make_question(
        Asked(whom.signature_id, whom.secret, whom.number + 1),
        question.campaign_id,
        postal_code,
        home,
        asked=question.asked + 1,
        confirmed=question.confirmed,
        at=question.at,
    )


def find_asked(signature_id: int) -> Asked:
    """Return how a question would ask the signature now."""
    row = db.session.execute(
        select(Signature.link_secret, Signature.question_number).where(Signature.id == signature_id)
    ).one_or_none()
    return Asked(signature_id, row.link_secret or b"", row.question_number) if row else NOBODY


def read_question(token: str) -> Question:
    """Return what the token asks whom; raises TokenRefused or TokenExpired."""
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
    home = packed[LAYOUT.size :].decode()
    made = datetime.fromtimestamp(at, UTC)
    return Question(whom, campaign, code.decode(), home, asked, boxed, confirmed, made)


def end_questions(session: Session, signature_id: int) -> None:
    """Let no question go on that was asked of a live signature, or of others of its mailbox.

    - For what the mailbox's owner does, before anything else of it is locked: the rows are locked
      by number, so that two who do so never wait for each other.
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
