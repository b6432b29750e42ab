"""Update officials, their offices and their terms from a roster.

- Each function returns whether it changed anything, so that an import can count changes.
- Nobody is deleted: a person who is no longer listed becomes former.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import object_session

from petition.models import Office, Official, Post, Term
from petition.officials.rosters.roster import Entry, RosterOffice, RosterPerson
from petition.validation.printable import has_letter, make_printable

# A letter goes to the first office with an address, in this order.
CLASSIFICATIONS = ("capitol", "primary", "district")
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "v"})


def update_official(official: Official, person: RosterPerson) -> bool:
    """Update the names and offices of an official from a roster."""
    names = (person.name, person.given_name, find_family_name(person))
    changed = (official.name, official.given_name, official.family_name) != names
    official.name, official.given_name, official.family_name = names
    kept = [
        read_office(office)
        for office in official.offices
        if person.covered is not None and office.classification not in person.covered
    ]
    offices = order_offices([*kept, *person.offices])
    if person.email or person.form:
        first = offices[0] if offices else RosterOffice("primary")
        own = replace(first, email=person.email or first.email, form=person.form or first.form)
        offices[:1] = [own]
    return replace_offices(official, offices) or changed


def replace_offices(owner: Official | Post, offices: Sequence[RosterOffice]) -> bool:
    """Replace the offices of an official or a post by these, in this order."""
    if [read_office(office) for office in owner.offices] == list(offices):
        return False
    session = object_session(owner)
    for office in owner.offices:
        if session is not None and office in session and office.id is not None:
            session.delete(office)
    owner.offices = [
        Office(
            classification=office.classification,
            address=list(office.address),
            voice=office.voice,
            fax=office.fax,
            email=office.email,
            form=office.form,
        )
        for office in offices
    ]
    return True


def read_office(office: Office) -> RosterOffice:
    """Return a stored office as a roster's."""
    return RosterOffice(
        office.classification,
        tuple(office.address),
        office.voice,
        office.fax,
        office.email,
        office.form,
    )


def replace_district_offices(official: Official, offices: Sequence[RosterOffice]) -> bool:
    """Replace the offices of an official outside the capital by these."""
    kept = [
        read_office(office) for office in official.offices if office.classification != "district"
    ]
    return replace_offices(official, order_offices([*kept, *offices]))


def order_offices(offices: Iterable[RosterOffice]) -> list[RosterOffice]:
    """Return offices with the one in the capitol first and the district offices last."""
    order = {name: number for number, name in enumerate(CLASSIFICATIONS)}
    return sorted(offices, key=lambda office: order.get(office.classification, len(order)))


def find_family_name(person: RosterPerson) -> str:
    """Return the family name, from the whole name where the file has no separate one."""
    if has_letter(make_printable(person.family_name)):
        return person.family_name
    words = [word for word in person.name.split() if word.strip(".,").casefold() not in SUFFIXES]
    return words[-1].strip(",") if words else person.name


def seat_official(post: Post, official: Official, entry: Entry, today: date) -> bool:
    """List an official for a post, with the dates of the roster.

    - A roster without dates means that the term runs today.
    - A former official who comes back continues the old term, or begins a new one if the roster
      dates it after the end of the old one.
    """
    terms = [term for term in post.terms if term.official is official]
    same = [term for term in terms if term.starts_on == entry.starts_on]
    term = next(reversed(same or terms), None)
    if term is None or _is_new_term(term, entry):
        dates = {"starts_on": entry.starts_on, "ends_on": entry.ends_on}
        post.terms.append(Term(official=official, listed=True, **dates))
        return True
    before = (term.starts_on, term.ends_on, term.listed)
    if entry.dated:
        term.starts_on, term.ends_on = entry.starts_on, entry.ends_on
    elif not term.covers(today):
        term.starts_on, term.ends_on = None, None
    term.listed = True
    return before != (term.starts_on, term.ends_on, term.listed)


def make_former(term: Term, today: date) -> None:
    """End a term yesterday unless it has ended before, and unlist it."""
    yesterday = today - timedelta(days=1)
    if term.ends_on is None or term.ends_on > yesterday:
        term.ends_on = yesterday
    term.listed = False


def _is_new_term(term: Term, entry: Entry) -> bool:
    if term.listed or entry.starts_on is None or term.ends_on is None:
        return False
    return entry.starts_on > term.ends_on
