"""Which column of a file holds which field: found by its heading, or named by whoever imports."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from petition.core.errors import ImportRefused
from petition.signing.form import CONSENT, REQUIRED
from petition.signing.form_fields import LONGEST

SIGNED_AT = "signed_at"
BOXES = ("publish_comment", "show_name", "notify", "tell_successor")
FIELDS = (*LONGEST, SIGNED_AT, *BOXES)
# Headings that programs write, without case, spaces and punctuation. Those of OSDI, Action Network,
# NationBuilder, CiviCRM and plain spreadsheets.
_SPELLINGS: Mapping[str, str] = {
    "given_name": "givenname firstname first fname forename name fullname signername signer",
    "family_name": "familyname lastname last lname surname",
    "email": "email emailaddress mail primaryemail emailaddressesaddress emailaddress1 "
    "emailprimary",
    "street_address": "streetaddress street address address1 addressline addressline1 "
    "addresslines postaladdressesaddresslines streetaddress1 mailingaddress homeaddress",
    "locality": "locality city town citytown postaladdresseslocality primarycity",
    "region": "region state stateprovince province postaladdressesregion primarystate statecode",
    "postal_code": "postalcode zip zipcode zippostal postcode zip5 postaladdressespostalcode "
    "primaryzip zippostalcode zippostcode",
    "comment": "comment comments message whyisigned reason why yourmessage",
    SIGNED_AT: "signedat signedon date datesigned createddate createdat created timestamp "
    "signaturedate submitted submittedat",
    "publish_comment": "publishcomment",
    "show_name": "showname",
    "notify": "notify",
    "tell_successor": "tellsuccessor",
}
_FOUND = {
    spelling: field for field, spellings in _SPELLINGS.items() for spelling in spellings.split()
}
_PUNCTUATION = re.compile(r"[\W_]+")
_INDEX = re.compile(r"\[\d+\]|\b0\b")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The column of each field, and the headings that no field is read from.

    - ``columns``: the column's number, from 0, by field; a consent is
      ``consent_<purpose>_<group>``.
    """

    headings: tuple[str, ...]
    columns: Mapping[str, int]
    unused: tuple[str, ...]

    def describe(self) -> dict[str, str]:
        """Return the heading of each field."""
        return {field: self.headings[column] for field, column in self.columns.items()}

    def read(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the values of one record by field."""
        return {field: cells[column] for field, column in self.columns.items()}


def map_columns(
    headings: Sequence[str], chosen: Mapping[str, str], ignored: Sequence[str] = ()
) -> ColumnMapping:
    """Return the mapping of a file's headings.

    - ``chosen``: the heading by field, which goes before what is found. ``ignored``: headings that
      no field may be read from.
    - Raises ImportRefused, naming field and headings, for a field or heading that does not exist,
      two columns for one field, and a file without names, e-mail addresses or ZIP codes.
    """
    columns = {field: _find_chosen(headings, field, name) for field, name in chosen.items()}
    for name in ignored:
        _find_heading(headings, name)
    taken = {*columns.values()}
    for number, heading in enumerate(headings):
        field = guess_field(heading)
        if field is None or field in chosen or number in taken or heading in ignored:
            continue
        if field in columns:
            raise ImportRefused(
                f"{field}: both “{headings[columns[field]]}” and “{heading}” could be it; "
                f'choose with --map {field}="{heading}"'
            )
        columns[field] = number
    _require(headings, columns)
    unused = tuple(
        heading for number, heading in enumerate(headings) if number not in {*columns.values()}
    )
    return ColumnMapping(tuple(headings), columns, unused)


def guess_field(heading: str) -> str | None:
    """Return the field that a heading names; None if it names none."""
    plain = heading.strip().lower()
    if CONSENT.fullmatch(plain):
        return plain
    return _FOUND.get(_PUNCTUATION.sub("", _INDEX.sub("", plain)))


def _find_chosen(headings: Sequence[str], field: str, name: str) -> int:
    if field not in FIELDS and not CONSENT.fullmatch(field):
        known = ", ".join(FIELDS)
        raise ImportRefused(f"{field}: no such field; fields: {known}, consent_PURPOSE_GROUP")
    return _find_heading(headings, name)


def _find_heading(headings: Sequence[str], name: str) -> int:
    found = [number for number, heading in enumerate(headings) if heading == name.strip()]
    if not found:
        known = ", ".join(heading for heading in headings if heading)
        raise ImportRefused(f"{name}: no column has this heading; the file has: {known}")
    if len(found) > 1:
        raise ImportRefused(f"{name}: {len(found)} columns have this heading; rename all but one")
    return found[0]


def _require(headings: Sequence[str], columns: Mapping[str, int]) -> None:
    known = ", ".join(heading for heading in headings if heading)
    if "given_name" not in columns and "family_name" not in columns:
        raise ImportRefused(
            "given_name: no column has names; choose one with "
            f'--map given_name="...". The file has: {known}'
        )
    for field in REQUIRED:
        if field not in columns:
            raise ImportRefused(
                f'{field}: no column has it; choose one with --map {field}="...". '
                f"The file has: {known}"
            )
