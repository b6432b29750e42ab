"""Reads the form: cleans and checks every field, and reports each problem by its field."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from petition.core.errors import InvalidInput, Problem
from petition.models.signatures.person import Person
from petition.postal.postal_codes import read_postal_code
from petition.postal.us_states import find_region_code
from petition.signing.canonical_email import read_email
from petition.signing.form_fields import LONGEST, NAMES, read_names, read_text
from petition.signing.form_problems import FormProblem

REQUIRED = {
    "email": FormProblem.EMAIL_MISSING,
    "postal_code": FormProblem.POSTAL_CODE_MISSING,
}
TEXTS = tuple(name for name in LONGEST if name not in NAMES)
ADDRESS = ("street_address", "locality", "region", "postal_code")
CONSENT = re.compile(r"consent_([a-z]+)_([a-z0-9-]+)", re.ASCII)
# The value of a ticked box on a page: the offer whose text it showed. Programs send one of YES.
OFFER = re.compile(r"offer-([0-9]{1,18})", re.ASCII)
SOURCE = re.compile(r"[a-z0-9-]{1,60}", re.ASCII)
YES = frozenset({"1", "on", "true", "yes", "y"})


class KnownZipPlace(Protocol):
    """A known ZIP: the name of its place, and the states that it lies in."""

    @property
    def place(self) -> str:
        """The place's name."""

    @property
    def states(self) -> Sequence[str]:
        """The states as two-letter codes: one, or two for some ZIPs."""


class ConsentGiven(NamedTuple):
    """A consent box that was ticked.

    - ``organization``: its slug. ``offer_id``: the offer whose text was shown beside the box; None
      if the form does not contain it, which means the current text.
    """

    purpose: str
    organization: str
    offer_id: int | None


FindPlace = Callable[[str], KnownZipPlace | None]


@dataclass(frozen=True, slots=True)
class Answers:
    """The cleaned answers of a signer.

    - ``show_name``, ``notify``, ``tell_successor``: see Signature; False unless ticked.
    - ``consents``: one for each ticked box of an organization. ``source``: the slug of the one by
      whose link the signer came; empty for none.
    """

    person: Person
    publish_comment: bool
    show_name: bool
    notify: bool
    tell_successor: bool
    consents: frozenset[ConsentGiven]
    source: str = ""


def read_answers(form: Mapping[str, str], find_place: FindPlace) -> Answers:
    """Return the answers in ``form``.

    - Only a name, e-mail and ZIP are required; the ZIP fills an empty locality and region. If the
      ZIP lies in two states, an empty region stays empty.
    - Each text is as it will be printed: invisible characters are removed without an error.
    - Unknown fields are ignored.
    - Raises InvalidInput with the problem of each field.
    """
    problems: dict[str, Problem] = {}
    values: dict[str, Any] = {**read_names(form, problems)}
    values |= {name: read_text(name, form.get(name, ""), problems) for name in TEXTS}
    for name, code in REQUIRED.items():
        if not values[name] and name not in problems:
            problems[name] = Problem(code)
    if "email" not in problems:
        values["email"] = _read_email(values["email"], problems)
    if "postal_code" not in problems:
        _read_place(values, find_place, problems)
    if problems:
        raise InvalidInput(problems)
    return Answers(
        person=Person(**values),
        publish_comment=bool(values["comment"]) and ticked(form.get("publish_comment")),
        show_name=ticked(form.get("show_name")),
        notify=ticked(form.get("notify")),
        tell_successor=ticked(form.get("tell_successor")),
        consents=frozenset(
            _read_consent(match, value)
            for name, value in form.items()
            if name.startswith("consent_") and (match := CONSENT.fullmatch(name))
            if ticked(value) or OFFER.fullmatch(value)
        ),
        source=source if SOURCE.fullmatch(source := form.get("source", "")) else "",
    )


def read_address(
    form: Mapping[str, str],
    find_place: FindPlace,
    before: Person,
    *,
    same_place: bool = False,
    street_optional: bool = False,
) -> dict[str, str]:
    """Return the fields of an address that replaces that of ``before``.

    - The street is required unless ``street_optional``; a field that the form does not have is
      unchanged.
    - ``same_place``: so is an empty ZIP, unless a town or state was typed.
    - Raises InvalidInput with the problem of each field.
    """
    problems: dict[str, Problem] = {}
    values = {
        name: read_text(name, form[name], problems) if name in form else getattr(before, name)
        for name in ADDRESS
    }
    if same_place and not values["postal_code"] and "postal_code" not in problems:
        if form.get("locality", "").strip() or form.get("region", "").strip():
            problems["postal_code"] = Problem(FormProblem.POSTAL_CODE_OF_TOWN_MISSING)
        values["postal_code"] = before.postal_code
    if not (street_optional or values["street_address"] or "street_address" in problems):
        problems["street_address"] = Problem(FormProblem.STREET_MISSING)
    if values["postal_code"] != before.postal_code:
        # With another ZIP, town and state are those of that ZIP, unless they were typed as well.
        values |= {name: "" for name in ("locality", "region") if not form.get(name)}
    if "postal_code" not in problems:
        _read_place(values, find_place, problems)
    if problems:
        raise InvalidInput(problems)
    return values


def read_name_and_words(form: Mapping[str, str], before: Person) -> dict[str, str]:
    """Return the name and the comment that replace those of ``before``.

    - A field that the form does not have is unchanged; one of the two names may be empty.
    - Raises InvalidInput with the problem of each field.
    """
    problems: dict[str, Problem] = {}
    values = {"comment": before.comment}
    if any(name in form for name in NAMES):
        typed = {name: form.get(name, getattr(before, name)) for name in NAMES}
        values |= read_names(typed, problems)
    if "comment" in form:
        values["comment"] = read_text("comment", form["comment"], problems)
    if problems:
        raise InvalidInput(problems)
    return values


def ticked(value: str | None) -> bool:
    """Return whether the value of a checkbox means that it was ticked."""
    return (value or "").strip().lower() in YES


def _read_consent(name: re.Match[str], value: str) -> ConsentGiven:
    offer = OFFER.fullmatch(value)
    return ConsentGiven(name[1], name[2], int(offer[1]) if offer else None)


def _read_email(typed: str, problems: dict[str, Problem]) -> str:
    email = read_email(typed)
    if email is None or len(email) > LONGEST["email"]:
        problems["email"] = Problem(FormProblem.EMAIL_MALFORMED)
        return ""
    return email


def _read_place(
    values: dict[str, str], find_place: FindPlace, problems: dict[str, Problem]
) -> None:
    code = read_postal_code(values["postal_code"])
    if code is None:
        problems["postal_code"] = Problem(FormProblem.POSTAL_CODE_MALFORMED)
        return
    values["postal_code"] = code
    place = find_place(code)
    if place is None:
        problems["postal_code"] = Problem(FormProblem.POSTAL_CODE_UNKNOWN)
        return
    values["locality"] = values["locality"] or place.place
    states = place.states
    if not values["region"]:
        values["region"] = states[0] if len(states) == 1 else ""
        return
    typed = find_region_code(values["region"]) or values["region"].upper()
    values["region"] = typed if typed in states else states[0]
    if typed not in states:
        problems["region"] = Problem(
            FormProblem.OTHER_STATE, {"code": code, "state": tuple(states)}
        )
