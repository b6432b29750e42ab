"""Corrects one value of a post for staff who saw another when they opened the form."""

from datetime import date

from petition.core.clock import utcnow
from petition.core.errors import UserError
from petition.core.extensions import transaction
from petition.models import CorrectionField, Post
from petition.officials.corrections.corrections import finish
from petition.officials.corrections.corrector import Corrector, Wish, read_post
from petition.officials.corrections.roster_comparison import read_roster_value
from petition.officials.import_lock import lock_rosters
from petition.officials.post_problems import PostProblem


class ValueChanged(UserError):
    """The value is another than the form showed; ``now`` is the present one, or empty."""

    def __init__(self, seen: str, now: str) -> None:
        super().__init__(PostProblem.VALUE_CHANGED, seen=seen or "empty", now=now or "empty")
        self.now = now


def correct_value(wish: Wish, field: CorrectionField, seen: str, *, actor: str) -> bool:
    """Correct one value; return whether anything was changed: the same value changes nothing.

    - Raises ValueChanged where it is not ``seen`` any more, see read_current; NotFound; UserError
      for a correction that cannot be made.
    """
    with transaction() as session:
        lock_rosters(session)
        today = utcnow().date()
        now = read_current(read_post(session, wish.post_id), field, today)
        if now != seen:
            raise ValueChanged(seen, now)
        if now == write_value(wish.values[field]) and wish.until is None:
            return False
        corrector = Corrector(session, actor, today)
        corrector.make(wish)
        finish(corrector, actor, False)
        return True


def read_current(post: Post, field: CorrectionField, today: date) -> str:
    """Return a value of a post as of a day, as a form shows and returns it; empty for none.

    - Of a vacant seat the addresses are those of the post itself.
    """
    if field == CorrectionField.HOLDER:
        holder = None if post.is_body else post.find_holder(today)
        return holder.name if holder else ""
    addressee = post.address(today)
    if addressee is None:
        for one in reversed(post.corrections):
            if one.field == field and one.official_id is None and one.counts(today):
                return write_value(one.value)
        return write_value(read_roster_value(post, field, None, today))
    if field == CorrectionField.EMAIL:
        return addressee.email or ""
    return write_value("\n".join(addressee.lines))


def write_value(value: str | None) -> str:
    """Return the value of a correction as a form sends it: an office's lines between semicolons."""
    return "; ".join((value or "").split("\n"))
