"""Whether a post has somebody to address, and whether letters can reach them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from petition.models import Official, Post


class PostStatus(StrEnum):
    """How a post stands on a day; a body is always held."""

    HELD = "held"
    VACANT = "vacant"  # nobody is listed whose term has begun
    ENDED = "ended"  # the roster still lists somebody whose term is over, and nobody else


class ObstacleReason(StrEnum):
    """Why the letters of a post cannot go now."""

    VACANT = "vacant"
    ENDED = "term ended"
    WEB_FORM = "only a web form"
    PAPER = "only on paper"  # a postal address or a fax
    NO_ADDRESS = "no e-mail"  # and nothing else either


# What each asks for; a vacant seat asks for nothing.
_FIND_EMAIL = "find an e-mail address: `petition officials correct POST --email ADDRESS`"
REMEDIES: Mapping[ObstacleReason, str] = {
    ObstacleReason.ENDED: "import a newer roster, or say who holds it: see `officials correct`",
    ObstacleReason.WEB_FORM: _FIND_EMAIL,
    ObstacleReason.PAPER: _FIND_EMAIL,
    ObstacleReason.NO_ADDRESS: _FIND_EMAIL,
}


@dataclass(frozen=True, slots=True)
class Ways:
    """What is known of where a post takes mail; ``form`` is the page of a form."""

    email: str | None
    form: str | None
    address: bool
    fax: bool

    def describe(self) -> str:
        """Return what there is instead of an e-mail address."""
        known = (
            ("a web form", self.form),
            ("a postal address", self.address),
            ("a fax", self.fax),
        )
        there = [name for name, is_known in known if is_known]
        if there:
            return f"no e-mail, only {', '.join(there)}"
        return "no e-mail, no web form, no postal address, no fax"


def judge_post(post: Post, today: date) -> PostStatus:
    """Return how a post stands."""
    if post.is_body or post.find_holder(today) is not None:
        return PostStatus.HELD
    over = (term for term in post.terms if term.listed and term.ends_on and term.ends_on < today)
    return PostStatus.ENDED if any(over) else PostStatus.VACANT


def list_holders(post: Post, today: date) -> list[Official]:
    """Return everybody whose term in a seat runs today; more than one is one too many.

    - Of whom a correction names there is one.
    """
    holder = post.find_holder(today)
    if post.is_body or holder is None:
        return []
    if holder is not post.find_listed_holder(today):
        return [holder]
    holders = {term.official.id: term.official for term in post.terms if term.covers(today)}
    return list(holders.values())


def list_ways(post: Post, today: date) -> Ways:
    """Return where a post that is held takes mail."""
    addressee = post.address(today)
    offices = post.list_offices(None if post.is_body else post.find_holder(today))
    return Ways(
        email=addressee.email if addressee else None,
        form=next((office.form for office in offices if office.form), None),
        address=bool(addressee and addressee.lines),
        fax=any(office.fax for office in offices),
    )


def find_reason(post: Post, today: date, needs_email: bool) -> ObstacleReason | None:
    """Return why letters to a post cannot go; None where they can.

    - ``needs_email``: by a channel that does; any other reaches every post that is held.
    """
    standing = judge_post(post, today)
    if standing is not PostStatus.HELD:
        return ObstacleReason.ENDED if standing is PostStatus.ENDED else ObstacleReason.VACANT
    if not needs_email:
        return None
    ways = list_ways(post, today)
    if ways.email:
        return None
    if ways.form:
        return ObstacleReason.WEB_FORM
    return ObstacleReason.PAPER if ways.address or ways.fax else ObstacleReason.NO_ADDRESS
