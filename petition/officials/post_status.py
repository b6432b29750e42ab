"""The status of a post: whether somebody holds it, and whether letters can reach them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from petition.models import Official, Post


class PostStatus(StrEnum):
    """The status of a post on a day; a body is always held."""

    HELD = "held"
    VACANT = "vacant"  # nobody is listed whose term has begun
    ENDED = "ended"  # the roster still lists somebody whose term is over, and nobody else


class ObstacleReason(StrEnum):
    """Why the letters of a post cannot be sent now."""

    VACANT = "vacant"
    ENDED = "term ended"
    WEB_FORM = "only a web form"
    PAPER = "only on paper"  # a postal address or a fax
    NO_ADDRESS = "no e-mail"  # and no other address either


# The remedy for each; a vacant seat has none.
_FIND_EMAIL = (
    "find an e-mail address and enter it with `petition officials correct POST --email ADDRESS`"
)
REMEDIES: Mapping[ObstacleReason, str] = {
    ObstacleReason.ENDED: (
        "import a newer roster, or name the holder with `petition officials correct`"
    ),
    ObstacleReason.WEB_FORM: _FIND_EMAIL,
    ObstacleReason.PAPER: _FIND_EMAIL,
    ObstacleReason.NO_ADDRESS: _FIND_EMAIL,
}


@dataclass(frozen=True, slots=True)
class PostContacts:
    """The known contacts of a post; ``form`` is the page of a web form."""

    email: str | None
    form: str | None
    address: bool
    fax: bool

    def describe(self) -> str:
        """Return the contacts that exist instead of an e-mail address."""
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
    """Return the status of a post."""
    if post.is_body or post.find_holder(today) is not None:
        return PostStatus.HELD
    over = (term for term in post.terms if term.listed and term.ends_on and term.ends_on < today)
    return PostStatus.ENDED if any(over) else PostStatus.VACANT


def list_holders(post: Post, today: date) -> list[Official]:
    """Return everybody whose term in a seat runs today; more than one is an error of the roster.

    - A holder named by a correction is the only one.
    """
    holder = post.find_holder(today)
    if post.is_body or holder is None:
        return []
    if holder is not post.find_listed_holder(today):
        return [holder]
    holders = {term.official.id: term.official for term in post.terms if term.covers(today)}
    return list(holders.values())


def list_contacts(post: Post, today: date) -> PostContacts:
    """Return the contacts of a post that is held."""
    addressee = post.address(today)
    offices = post.list_offices(None if post.is_body else post.find_holder(today))
    return PostContacts(
        email=addressee.email if addressee else None,
        form=next((office.form for office in offices if office.form), None),
        address=bool(addressee and addressee.lines),
        fax=any(office.fax for office in offices),
    )


def find_reason(post: Post, today: date, needs_email: bool) -> ObstacleReason | None:
    """Return why letters to a post cannot be sent; None where they can.

    - ``needs_email``: the channel needs an e-mail address; any other reaches every held post.
    """
    status = judge_post(post, today)
    if status is not PostStatus.HELD:
        return ObstacleReason.ENDED if status is PostStatus.ENDED else ObstacleReason.VACANT
    if not needs_email:
        return None
    contacts = list_contacts(post, today)
    if contacts.email:
        return None
    if contacts.form:
        return ObstacleReason.WEB_FORM
    return ObstacleReason.PAPER if contacts.address or contacts.fax else ObstacleReason.NO_ADDRESS
