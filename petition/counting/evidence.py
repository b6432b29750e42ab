"""Evidence: what the members of a milestone have in common, in numbers without personal data.

- A share is of the mailboxes for which the fact is known; ``unknown`` is the number of the others.
  Where it is known of fewer than a fifth, nothing is concluded.
- People who share a mailbox count once: the numbers are of mailboxes.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from petition.core.brake_limits import BrakeLimits
from petition.counting.text_similarity import find_alike
from petition.models import Person
from petition.validation.mail_providers import find_small_domain

# A share of fewer members than this is not conclusive.
ENOUGH_KNOWN = 5  # one in five
WIDE_BYTES = 8  # of ``Signature.networks``: the hash of the /24 or the /48 comes first
DAY = timedelta(days=1)


class HeldBecause(StrEnum):
    """Why a milestone is held: the check that found it."""

    NETWORK = "network"  # many from one network (/24 or /48)
    DOMAIN = "mail-domain"  # many with a mailbox at one domain that is no large provider
    QUICK = "quick"  # many within a short time
    UNLOADED = "unloaded"  # many that never loaded the form, or sent one form repeatedly
    MOVED = "moved"  # many who were counted in another district before
    ALIKE = "alike"  # many whose names or comments are nearly the same
    SHARED = "shared-mailbox"  # many who share a mailbox with another
    BATCH = "batch"  # many from one file or program
    LETTERS = "letters-today"  # too many letters of this district within a day
    EARLIER = "earlier-held"  # an earlier milestone of this district is held


@dataclass(frozen=True, slots=True)
class EvidenceMember:
    """One member of a milestone, with the fields that are judged.

    - ``mailbox``: equal for all who share one. ``networks``: as in Signature. ``moved``: was
      counted in another district before. ``came_at``: when the signature was confirmed, or else
      created.
    """

    mailbox: Hashable
    person: Person
    came_at: datetime
    networks: bytes | None = None
    loaded_form: bool | None = None
    form_at: datetime | None = None
    batch: str | None = None
    moved: bool = False
    prints_comment: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The mailboxes of a list that have something in common.

    - ``places``: their positions in the list. ``known``: the mailboxes for which the fact is known.
    """

    places: frozenset[int]
    known: int
    unknown: int = 0

    @property
    def share(self) -> float | None:
        """The share in percent of the known mailboxes; None where too few are known."""
        if not self.known or self.known * ENOUGH_KNOWN < self.known + self.unknown:
            return None
        return round(100 * len(self.places) / self.known, 1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence about one list of members.

    - ``firsts``: the position in the list of the first member of each mailbox; the positions of
      ``groups`` index it.
    - ``letters_today``: letters of this district in the 24 hours up to this milestone, itself
      included.
    - ``complete_at``: when its last member came.
    """

    members: int
    firsts: list[int]
    groups: dict[HeldBecause, Group]
    letters_today: int
    complete_at: datetime

    def find_reasons(self, limits: BrakeLimits) -> list[HeldBecause]:
        """Return the checks whose limit is met, in the order of HeldBecause."""
        found = [
            reason
            for reason, limit in list_limits(limits).items()
            if limit is not None
            and (share := self.groups[reason].share) is not None
            and share >= limit
        ]
        most = limits.letters_a_day
        if most is not None and self.letters_today > most:
            found.append(HeldBecause.LETTERS)
        return found

    def write(self, reasons: Sequence[HeldBecause], limits: BrakeLimits) -> dict[str, Any]:
        """Return the evidence as it is stored with the milestone, numbers only.

        - For each check: ``count`` of ``known`` mailboxes, the ``unknown`` others, the ``share`` in
          percent (None: too few are known) and the ``limit`` of that day (None: off).
        """
        shares = list_limits(limits)
        return {
            "reasons": [reason.value for reason in reasons],
            "members": self.members,
            "mailboxes": len(self.firsts),
            "letters_today": self.letters_today,
            "letters_a_day": limits.letters_a_day,
            "quick_minutes": limits.quick_minutes,
            "complete_at": self.complete_at.isoformat(),
        } | {
            reason.value: {
                "count": len(group.places),
                "known": group.known,
                "unknown": group.unknown,
                "share": group.share,
                "limit": shares[reason],
            }
            for reason, group in self.groups.items()
        }


def list_limits(limits: BrakeLimits) -> dict[HeldBecause, float | None]:
    """Return the share in percent at which each check holds a milestone; None: the check is off."""
    return {
        HeldBecause.NETWORK: limits.network_share,
        HeldBecause.DOMAIN: limits.domain_share,
        HeldBecause.QUICK: limits.quick_share,
        HeldBecause.UNLOADED: limits.unloaded_share,
        HeldBecause.MOVED: limits.moved_share,
        HeldBecause.ALIKE: limits.alike_share,
        HeldBecause.SHARED: limits.shared_share,
        HeldBecause.BATCH: limits.batch_share,
    }


def measure(members: Sequence[EvidenceMember], limits: BrakeLimits, letters_today: int) -> Evidence:
    """Return the evidence about a list of members, which is not empty."""
    first: dict[Hashable, int] = {}
    for place, member in enumerate(members):
        first.setdefault(member.mailbox, place)
    firsts = list(first.values())
    seen = [members[place] for place in firsts]
    whole = frozenset(range(len(seen)))
    return Evidence(
        members=len(members),
        firsts=firsts,
        groups={
            HeldBecause.NETWORK: _find_largest(
                [member.networks[:WIDE_BYTES] if member.networks else None for member in seen]
            ),
            HeldBecause.DOMAIN: _find_domain(seen),
            HeldBecause.QUICK: Group(
                find_densest(
                    [member.came_at for member in seen], timedelta(minutes=limits.quick_minutes)
                ),
                len(seen),
            ),
            HeldBecause.UNLOADED: _find_unloaded(seen),
            HeldBecause.MOVED: Group(
                frozenset(place for place in whole if seen[place].moved), len(seen)
            ),
            HeldBecause.ALIKE: Group(_find_alike(seen), len(seen)),
            HeldBecause.SHARED: _find_shared(members, seen),
            HeldBecause.BATCH: Group(
                _find_largest([member.batch or None for member in seen]).places, len(seen)
            ),
        },
        letters_today=letters_today,
        complete_at=max(member.came_at for member in members),
    )


def _find_largest(keys: Sequence[Hashable | None]) -> Group:
    """Return the largest group with a key in common; a key of None is unknown."""
    counted = Counter(key for key in keys if key is not None)
    if not counted:
        return Group(frozenset(), 0, len(keys))
    ((largest, _),) = counted.most_common(1)
    places = frozenset(place for place, key in enumerate(keys) if key == largest)
    return Group(places, counted.total(), len(keys) - counted.total())


def _find_domain(seen: Sequence[EvidenceMember]) -> Group:
    """Return the largest group at one small domain; large providers are left out."""
    domains = [find_small_domain(member.person.email) for member in seen]
    return Group(_find_largest(domains).places, len(seen))


def find_densest(came_at: Sequence[datetime], span: timedelta) -> frozenset[int]:
    """Return the places of the moments in the densest interval of length ``span``."""
    order = sorted(range(len(came_at)), key=lambda place: came_at[place])
    moments = [came_at[place] for place in order]
    begin, end = max(
        ((at, bisect_left(moments, start + span, at)) for at, start in enumerate(moments)),
        key=lambda stretch: stretch[1] - stretch[0],
    )
    return frozenset(order[begin:end])


def _find_unloaded(seen: Sequence[EvidenceMember]) -> Group:
    """Return the members that never loaded the form; one form sent again counts as loaded once."""
    loaded: set[datetime | None] = set()
    places = set()
    for place, member in enumerate(seen):
        if member.loaded_form is None:
            continue
        if not member.loaded_form or member.form_at in loaded:
            places.add(place)
        loaded.add(member.form_at)
    known = sum(member.loaded_form is not None for member in seen)
    return Group(frozenset(places), known, len(seen) - known)


def _find_alike(seen: Sequence[EvidenceMember]) -> frozenset[int]:
    """Return the members whose name, or whose printed comment, nearly equals another's."""
    names = find_alike([member.person.name for member in seen])
    speaks = [place for place, member in enumerate(seen) if member.prints_comment]
    comments = find_alike([seen[place].person.comment for place in speaks])
    return frozenset(names | {speaks[place] for place in comments})


def _find_shared(members: Sequence[EvidenceMember], seen: Sequence[EvidenceMember]) -> Group:
    """Return the mailboxes that more than one of all members share."""
    counted = Counter(member.mailbox for member in members)
    places = frozenset(place for place, one in enumerate(seen) if counted[one.mailbox] > 1)
    return Group(places, len(members))
