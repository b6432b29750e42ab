"""Corrects the e-mail address of one post for staff who saw another when they opened the form."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.errors import UserError
from petition.core.extensions import db
from petition.models import CorrectionField, Post
from petition.models.officials.post import load_addressing
from petition.officials.corrections.corrections import finish
from petition.officials.corrections.corrector import Corrector, Wish, read_post
from petition.officials.corrections.typed_values import read_value
from petition.officials.import_lock import lock_rosters
from petition.officials.post_problems import PostProblem


class EmailChanged(UserError):
    """The address is another than the form showed; ``now`` is the present one, or empty."""

    def __init__(self, now: str) -> None:
        super().__init__(PostProblem.CHANGED)
        self.now = now


def find_email(post_id: int) -> str:
    """Return the e-mail address of a post as of today, or an empty text."""
    query = select(Post).where(Post.id == post_id).options(*load_addressing())
    post = db.session.scalars(query).one_or_none()
    return _read_email(post) if post else ""


def correct_email(
    session: Session, post_id: int, email: str, seen: str, *, because: str, source: str, actor: str
) -> None:
    """Correct the address in the caller's transaction; the same address again changes nothing.

    - Raises EmailChanged where it is not ``seen`` any more, and UserError for text that is no
      address and for a seat that is vacant.
    """
    value = read_value(CorrectionField.EMAIL, email)
    lock_rosters(session)
    now = _read_email(read_post(session, post_id))
    if now != seen:
        raise EmailChanged(now)
    if now == value:
        return
    corrector = Corrector(session, actor, utcnow().date())
    corrector.make(Wish(post_id, {CorrectionField.EMAIL: value}, because, source))
    finish(corrector, actor, False)


def _read_email(post: Post) -> str:
    addressee = post.address(utcnow().date())
    return (addressee.email if addressee else None) or ""
