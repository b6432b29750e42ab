"""A campaign's bills: their format in its definition, and how they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.campaigns.field_formats import WebAddress
from petition.campaigns.field_kinds import ChoiceField, Kind, Problems, Text, is_a, is_one_of
from petition.campaigns.field_lists import is_short
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem
from petition.models import Bill, BillRelation, Campaign, CampaignBill

NUMBER, TITLE, ADDRESS, PLACE, SESSION = Text(100), Text(1_000), WebAddress(), Text(200), Text(100)
# The keys of a bill other than the subject, and the columns of Bill in which they are stored.
KEYS: Mapping[str, Kind] = {
    "relation": ChoiceField(tuple(one for one in BillRelation if one != BillRelation.SUBJECT)),
    "jurisdiction": PLACE,
    "session": SESSION,
    "number": NUMBER,
    "title": TITLE,
    "url": ADDRESS,
}
COLUMNS = ("jurisdiction", "session", "identifier", "title", "url")
# The fields of the subject, in the order of COLUMNS.
SUBJECT = ("bill_jurisdiction", "bill_session", "bill_number", "bill_title", "bill_url")
OTHERS = "bills"


@dataclass(frozen=True, slots=True)
class BillList:
    """The bills other than the subject, each a table of KEYS with a number or a title."""

    most: int

    def read(self, name: str, value: Any, problems: Problems) -> list[dict[str, Any]] | None:
        """Return them with every key, or add their problems and return None."""
        if not is_a(list, name, value, problems) or not is_short(name, value, self.most, problems):
            return None
        before = len(problems)
        found: list[dict[str, Any]] = []
        for at, told in enumerate(value, 1):
            bill = _read_bill(f"{name}.{at}", told, problems)
            if bill in found:
                again = {"found": bill["number"] or bill["title"]}
                problems.append(Problem(DefinitionProblem.REPEATED, again, f"{name}.{at}"))
            found.append(bill)
        return found if len(problems) == before else None


def _read_bill(name: str, told: Any, problems: Problems) -> dict[str, Any]:
    bill: dict[str, Any] = dict.fromkeys(KEYS)
    if not is_a(dict, name, told, problems):
        return bill
    for key, value in told.items():
        if is_one_of(KEYS, name, key, problems):
            bill[key] = KEYS[key].read(f"{name}.{key}", value, problems)
    if "number" not in told and "title" not in told:
        problems.append(Problem(DefinitionProblem.REQUIRED, field=f"{name}.number"))
    if "relation" not in told:
        bill["relation"] = BillRelation.COMPANION.value
    return bill


def check_subject(values: Mapping[str, Any]) -> Problems:
    """Return the problem of a session or jurisdiction without a bill; otherwise none."""
    told = [name for name in SUBJECT if values.get(name) is not None]
    if not told or set(told) - {"bill_jurisdiction", "bill_session"}:
        return []
    return [Problem(DefinitionProblem.REQUIRED, field="bill_number")]


def store_bills(session: Session, campaign: Campaign, values: Mapping[str, Any]) -> None:
    """Set a campaign's bills to those of its definition's ``values``; the subject keeps its row."""
    wanted: list[tuple[str, tuple[Any, ...]]] = []
    subject = tuple(values.get(name) for name in SUBJECT)
    if any(subject):
        wanted.append((BillRelation.SUBJECT, subject))
    wanted += [
        (told["relation"], tuple(told[key] for key in KEYS if key != "relation"))
        for told in values.get(OTHERS) or ()
    ]
    there = {(link.relation, _tell(link.bill)): link for link in campaign.bills}
    before = [link for link in campaign.bills if link.relation == BillRelation.SUBJECT]
    found: list[CampaignBill] = []
    with session.no_autoflush:
        for position, (relation, told) in enumerate(wanted):
            link = there.get((relation, told))
            if link is None:
                is_subject = relation == BillRelation.SUBJECT
                link = before[0] if is_subject and before else CampaignBill(relation=relation)
                link.bill = _find_or_make(session, told, [other.bill for other in found])
            link.position = position
            found.append(link)
    campaign.bills = found


def _find_or_make(session: Session, told: tuple[Any, ...], made: Sequence[Bill]) -> Bill:
    same = [bill for bill in made if _tell(bill) == told]
    if same:
        return same[0]
    columns = zip(COLUMNS, told, strict=True)
    equal = [getattr(Bill, name).is_not_distinct_from(value) for name, value in columns]
    found = session.scalars(select(Bill).where(*equal).order_by(Bill.id).limit(1)).first()
    return found or Bill(**dict(zip(COLUMNS, told, strict=True)))


def _tell(bill: Bill) -> tuple[Any, ...]:
    return tuple(getattr(bill, name) for name in COLUMNS)
