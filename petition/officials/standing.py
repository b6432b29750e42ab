"""Whether a post has somebody to address, and whether letters can reach them."""

from datetime import date
from enum import StrEnum

from petition.models import Official, Post


class Standing(StrEnum):
    """How a post stands on a day; a body is always held."""

    HELD = "held"
    VACANT = "vacant"  # the roster lists nobody whose term has begun
    ENDED = "ended"  # the roster still lists somebody whose term is over, and nobody else


def judge_post(post: Post, today: date) -> Standing:
    """Return how a post stands."""
    if post.is_body or post.find_holder(today) is not None:
        return Standing.HELD
    over = (term for term in post.terms if term.listed and term.ends_on and term.ends_on < today)
    return Standing.ENDED if any(over) else Standing.VACANT


def list_holders(post: Post, today: date) -> list[Official]:
    """Return everybody whose term in a seat runs today; more than one is one too many."""
    holders = {term.official.id: term.official for term in post.terms if term.covers(today)}
    return [] if post.is_body else list(holders.values())


def is_reachable(post: Post, today: date) -> bool:
    """Return whether the post or its holder has an e-mail address, a postal address or a fax."""
    holder = None if post.is_body else post.find_holder(today)
    offices = [*(holder.offices if holder else []), *post.offices]
    return any(office.email or office.address or office.fax for office in offices)
