"""Forty simulated crowds before the brake: which hundreds it holds, and which it lets go.

Each is a hundred people as petition/counting/evidence.py sees them, judged with the defaults. The
honest ones are drawn as such crowds are, the odd ones among them too; a school may well be held and
is counted apart. The table is in docs/decisions/abuse.md: ``make bench ARGS=crowds`` prints it.
"""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bench.rows import Row
from petition.core.brake_limits import BrakeLimits, read_brake
from petition.counting.evidence import EvidenceMember, HeldBecause, measure
from petition.demo.invented_people import FAMILY, GIVEN
from petition.models import Person

HUNDRED = 100
NOON = datetime(2026, 10, 3, 12, 0, tzinfo=UTC)
LARGE = ("gmail.com", "gmail.com", "gmail.com", "yahoo.com", "outlook.com", "icloud.com", "aol.com")

Change = Callable[[int, EvidenceMember], EvidenceMember]


@dataclass(frozen=True, slots=True)
class Crowd:
    """One hundred: what it is, its people, and how many letters of the district that day."""

    name: str
    members: list[EvidenceMember]
    letters_today: int = 1
    apart: bool = False

    def judge(self, limits: BrakeLimits) -> list[HeldBecause]:
        """Return why it is held; empty where it goes."""
        return measure(self.members, limits, self.letters_today).find_reasons(limits)


class _Town:
    """Draws people: each with a name, a mailbox, a network and a moment of their own."""

    def __init__(self, seed: int, hours: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311  invented people need no secrecy
        self.hours = hours
        self.domains = [f"isp-{number}.example" for number in range(40)]

    def draw(self, *changes: Change) -> list[EvidenceMember]:
        """Return a hundred people, each changed in turn by what the crowd is."""
        members = [self._draw_one(number) for number in range(HUNDRED)]
        for change in changes:
            members = [change(number, member) for number, member in enumerate(members)]
        return members

    def _draw_one(self, number: int) -> EvidenceMember:
        chance = self.chance
        domain = chance.choice(LARGE if chance.random() < 0.8 else self.domains)
        came_at = NOON + timedelta(hours=chance.uniform(0, self.hours))
        person = Person(
            given_name=chance.choice(GIVEN),
            family_name=chance.choice(FAMILY),
            email=f"person-{number}@{domain}",
            street_address="",
            locality="Springfield",
            region="MA",
            postal_code="01101",
            comment="",
        )
        return EvidenceMember(
            mailbox=number,
            person=person,
            came_at=came_at,
            networks=name_network(f"home {chance.randrange(3_000)}"),
            loaded_form=True,
            form_at=came_at - timedelta(seconds=chance.uniform(20, 900)),
        )


def name_network(name: str) -> bytes:
    """Return what Signature keeps of a network."""
    return hashlib.sha256(name.encode()).digest()[:8]


def first(share: int, change: Callable[[EvidenceMember], EvidenceMember]) -> Change:
    """Change that many of the hundred."""
    return lambda number, member: change(member) if number < share else member


def at_network(name: str) -> Callable[[EvidenceMember], EvidenceMember]:
    """Sign from one network."""
    return lambda member: replace(member, networks=name_network(name))


def at_domain(domain: str) -> Change:
    """Have a mailbox at a domain."""

    def change(number: int, member: EvidenceMember) -> EvidenceMember:
        return replace(member, person=replace(member.person, email=f"x{number}@{domain}"))

    return change


def unloaded(member: EvidenceMember) -> EvidenceMember:
    """Send without the form."""
    return replace(member, loaded_form=False, form_at=None)


def moved(member: EvidenceMember) -> EvidenceMember:
    """Come from another district."""
    return replace(member, moved=True)


def say(words: str) -> Callable[[EvidenceMember], EvidenceMember]:
    """Have words printed."""
    return lambda member: replace(
        member, prints_comment=True, person=replace(member.person, comment=words)
    )


def make_attacks() -> list[Crowd]:
    """Return twenty hundreds that people did not make, or not that many."""
    hour, days = 1.0, 24.0 * 7

    def robot(number: int, member: EvidenceMember) -> EvidenceMember:
        return unloaded(at_network("robot")(member))

    def spread(number: int, member: EvidenceMember) -> EvidenceMember:
        return replace(member, networks=name_network(f"proxy {number}"))

    def vary(number: int, member: EvidenceMember) -> EvidenceMember:
        letter = chr(ord("a") + number % 26)
        person = replace(member.person, given_name="Jonathan", family_name=f"Applegate{letter}")
        return replace(member, person=person)

    def pair(number: int, member: EvidenceMember) -> EvidenceMember:
        return replace(member, mailbox=number // 2)

    def at_once(number: int, member: EvidenceMember) -> EvidenceMember:
        return replace(member, came_at=NOON + timedelta(seconds=3 * number))

    def replay(number: int, member: EvidenceMember) -> EvidenceMember:
        return replace(member, form_at=NOON)

    def split(*domains: str) -> Change:
        return lambda number, member: at_domain(domains[number % len(domains)])(number, member)

    def some(share: int, change: Change) -> Change:
        return lambda number, member: change(number, member) if number < share else member

    catchall = at_domain("catchall.example")
    under = split(*(f"sub-{number}.catchall.example" for number in range(50)))
    return [
        Crowd("one address, a hundred names, two minutes", _Town(1, hour).draw(robot, at_once)),
        Crowd("one address, patient: over a week", _Town(2, days).draw(robot)),
        Crowd("500 networks of one /48", _Town(3, hour).draw(first(100, at_network("2001/48")))),
        Crowd("a catch-all domain through proxies", _Town(4, days).draw(spread, catchall)),
        Crowd("sub-domains of one catch-all", _Town(5, days).draw(spread, under)),
        Crowd("two catch-alls in turn", _Town(6, days).draw(split("a.example", "b.example"))),
        Crowd("proxies and large providers, in five minutes", _Town(7, hour).draw(spread, at_once)),
        Crowd("proxies, never the form", _Town(8, days).draw(spread, first(100, unloaded))),
        Crowd("proxies, one form again and again", _Town(9, days).draw(spread, replay)),
        Crowd("people who were counted elsewhere move in", _Town(10, days).draw(first(95, moved))),
        Crowd("names one letter apart", _Town(11, days).draw(spread, vary)),
        Crowd("one comment, pasted", _Town(12, days).draw(spread, first(60, say("Do it now.")))),
        Crowd("fifty mailboxes, two names each", _Town(13, days).draw(spread, pair)),
        Crowd("a stockpile confirmed at once", _Town(14, days).draw(spread, at_once)),
        Crowd("an import of invented names", _import(_Town(15, days).draw())),
        Crowd("the fourth letter of a day", _Town(16, hour).draw(spread), letters_today=4),
        Crowd("60 forged among 40 people", _Town(17, days).draw(some(60, robot))),
        Crowd("45 forged among 55 people", _Town(18, days).draw(some(45, robot))),
        Crowd("30 forged among 70 people", _Town(19, days).draw(some(30, robot))),
        Crowd("real browsers, proxies, bought mailboxes, a week", _Town(20, days).draw(spread)),
    ]


def make_honest() -> list[Crowd]:
    """Return twenty hundreds that people made, some of them in unusual ways."""
    hour, day, days = 1.0, 24.0, 24.0 * 10

    def carriers(number: int, member: EvidenceMember) -> EvidenceMember:
        return replace(member, networks=name_network(f"carrier {number % 4}"))

    def forget(number: int, member: EvidenceMember) -> EvidenceMember:
        return member if number > 90 else replace(member, networks=None)

    def household(number: int, member: EvidenceMember) -> EvidenceMember:
        family = FAMILY[number // 4 % len(FAMILY)]
        return replace(
            member,
            person=replace(member.person, family_name=family),
            networks=name_network(f"house {number // 4}"),
        )

    def couple(number: int, member: EvidenceMember) -> EvidenceMember:
        return replace(member, mailbox=number // 2) if number < 16 else member

    def pupil(number: int, member: EvidenceMember) -> EvidenceMember:
        return at_network("school")(at_domain("school.example")(number, member))

    def at_isp(share: int) -> Change:
        return lambda n, member: at_domain("townisp.example")(n, member) if n < share else member

    return [
        Crowd("a quiet town, ten days", _Town(101, days).draw()),
        Crowd("a suburb, one day", _Town(102, day).draw()),
        Crowd("an evening after a broadcast, 45 minutes", _Town(103, 0.75).draw(carriers)),
        Crowd("right after a broadcast, 15 minutes", _Town(104, 0.25).draw(carriers)),
        Crowd("a stall, on people's own phones", _Town(105, 5).draw(carriers)),
        Crowd("a stall, a third on its tablet", _Town(106, 5).draw(first(33, at_network("stall")))),
        Crowd("a stall, all on its network", _Town(107, 5).draw(first(95, at_network("stall")))),
        Crowd("a meeting in a hall with its own network", _Town(108, hour).draw(_hall)),
        Crowd("a town, a third with the town's own provider", _Town(109, days).draw(at_isp(33))),
        Crowd("a town, most with the town's own provider", _Town(110, days).draw(at_isp(60))),
        Crowd("a mailing of a large group, two hours", _Town(111, 2).draw(carriers)),
        Crowd("a mailing with words to paste", _Town(112, 6).draw(first(30, say("Please act.")))),
        Crowd("families: four of a name and house", _Town(113, days).draw(household)),
        Crowd("couples who share a mailbox", _Town(114, days).draw(couple)),
        Crowd("an apartment house with one network", _Town(115, days).draw(_house)),
        Crowd("a month, most networks forgotten", _Town(116, days * 3).draw(forget)),
        Crowd("a college town in September", _Town(117, days).draw(first(22, moved))),
        Crowd("the third letter of a busy day", _Town(118, 6).draw(carriers), letters_today=3),
        Crowd("a partner's program beside the page", _Town(119, days).draw(first(25, unloaded))),
        Crowd("a school, on its network and mail", _Town(120, 3).draw(pupil), apart=True),
    ]


def _hall(number: int, member: EvidenceMember) -> EvidenceMember:
    return at_network("hall")(member) if number < 38 else member


def _house(number: int, member: EvidenceMember) -> EvidenceMember:
    return at_network("house")(member) if number < 28 else member


def _import(members: list[EvidenceMember]) -> list[EvidenceMember]:
    return [
        replace(member, networks=None, loaded_form=None, form_at=None, batch="names.csv")
        for member in members
    ]


def write_table(crowds: list[Crowd], limits: BrakeLimits) -> list[str]:
    """Return the lines of the table in docs/decisions/abuse.md."""
    lines = []
    for crowd in crowds:
        reasons = crowd.judge(limits)
        verdict = f"held: {', '.join(reasons)}" if reasons else "not held"
        lines.append(f"| {crowd.name} | {verdict}{' (apart)' if crowd.apart else ''} |")
    return lines


def count_held(crowds: list[Crowd], limits: BrakeLimits) -> int:
    """Return how many are held, without those that are counted apart."""
    return sum(bool(crowd.judge(limits)) for crowd in crowds if not crowd.apart)


def run() -> list[Row]:
    """Print the table, and return how many of each twenty are held."""
    limits = read_brake({})
    attacks, honest = make_attacks(), make_honest()
    for crowds in (attacks, honest):
        print("\n".join(["", *write_table(crowds, limits)]))
    found, wrongly = count_held(attacks, limits), count_held(honest, limits)
    return [
        ("attacks held", found, len(attacks), "crowds", found / len(attacks), ">= 0.90"),
        ("honest crowds held", wrongly, len(honest), "crowds", wrongly / len(honest), "<= 0.15"),
    ]
