"""The definition of a campaign: one table of its fields, and the rules between them.

A definition is given as a mapping, from a file, a form or a program; all of its problems are found
at once, each by its field.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from petition.campaigns.ask import ASK_LIMIT, ContactTable, Day, Sentence, check_stance
from petition.campaigns.bills import (
    ADDRESS,
    NUMBER,
    PLACE,
    SESSION,
    TITLE,
    BillList,
    check_subject,
)
from petition.campaigns.contrast import Colour
from petition.campaigns.embed_origins import Origins
from petition.campaigns.field_formats import (
    LanguageTag,
    MailAddress,
    Moment,
    Slug,
    WebAddress,
)
from petition.campaigns.field_kinds import (
    ChoiceField,
    Flag,
    Kind,
    MergeFields,
    Number,
    Problems,
    Text,
    cut,
)
from petition.campaigns.field_lists import ChoicesByKey, ChoicesField, Lines
from petition.campaigns.organization_names import OrganizationNames
from petition.campaigns.problem_codes import DefinitionProblem
from petition.campaigns.screening_settings import GuardTable
from petition.core.errors import Problem
from petition.models import Layer, PostRole
from petition.models.campaigns.campaign import (
    LONGEST_WAIT,
    SLUG_LIMIT,
    CommentMode,
    ConsentSharing,
    Stance,
)

# Returns the problem of a text whose merge fields are not those of letters; otherwise None.
CheckText = Callable[[str], Problem | None]

# Languages of the fixed words of letters: petition/letters/letter_wording.py.
LANGUAGES = ("en", "es")
# A smaller count is shown to staff only.
SMALLEST_STEP = 10
# A district's counts and milestones are 32-bit integers.
LARGEST_STEP = 1_000_000
MOST_SHOWN = 50
ORGANIZATION_SLUG_LIMIT = 60
MOST_OWNERS = 5
# Merge fields that have a value before there is a letter; the text of a signer has no use for the
# others.
MESSAGE_FIELDS = ("campaign.title", "campaign.bill", "organization.name", "district.name")
_MERGE_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a definition.

    - ``signed``: people sign it, or signatures are counted by it: it cannot change once anyone has
      signed (``Campaign.text_version``). All others take effect from the next milestone.
    - ``attribute``: of Campaign, if its name is not that of the field.
    """

    kind: Kind
    required: bool = False
    signed: bool = False
    attribute: str = ""


FIELDS: Mapping[str, Field] = {
    "slug": Field(Slug(SLUG_LIMIT), required=True),
    "title": Field(Text(300), required=True, signed=True),
    "letter": Field(
        Text(100_000, lines=True, merge_fields=MergeFields.LETTER), required=True, signed=True
    ),
    "organization": Field(
        OrganizationNames(MOST_OWNERS), required=True, signed=True, attribute="owner_names"
    ),
    "position": Field(ChoiceField(tuple(Stance)), signed=True),
    "ask": Field(Sentence(ASK_LIMIT), signed=True),
    "deadline": Field(Day()),
    "contact": Field(ContactTable()),
    "summary": Field(Text(2_000, lines=True)),
    "opening": Field(Text(20_000, lines=True, merge_fields=MergeFields.LETTER), signed=True),
    "closing": Field(Text(20_000, lines=True, merge_fields=MergeFields.LETTER), signed=True),
    "topic": Field(Text(300, merge_fields=MergeFields.LETTER), signed=True),
    "language": Field(LanguageTag(LANGUAGES), signed=True),
    "message": Field(Text(5_000, lines=True, merge_fields=MergeFields.EVERYBODY), signed=True),
    "issues": Field(Text(100_000, lines=True, merge_fields=MergeFields.NONE)),
    "bill_number": Field(NUMBER, signed=True),
    "bill_title": Field(TITLE, signed=True),
    "bill_url": Field(ADDRESS),
    "bill_jurisdiction": Field(PLACE),
    "bill_session": Field(SESSION),
    "bills": Field(BillList(most=20), attribute="other_bills"),
    "video_url": Field(WebAddress()),
    "video_title": Field(Text(300)),
    "organization_email": Field(MailAddress()),
    "organization_address": Field(Lines(most=10, longest=200)),
    "successor": Field(Slug(SLUG_LIMIT)),
    "logo": Field(Slug(ORGANIZATION_SLUG_LIMIT)),
    "accent": Field(Colour()),
    "step": Field(Number(SMALLEST_STEP, LARGEST_STEP), signed=True),
    "recent_shown": Field(Number(0, MOST_SHOWN)),
    "comments": Field(ChoiceField(tuple(CommentMode))),
    "comment_wait": Field(Number(0, LONGEST_WAIT)),
    "layers": Field(ChoicesField(tuple(Layer)), signed=True),
    "recipients": Field(ChoicesByKey(tuple(Layer), tuple(PostRole)), signed=True),
    "confirm_email": Field(Flag(), signed=True),
    "confirm_after_close": Field(Flag(), signed=True),
    "sharing": Field(ChoiceField(tuple(ConsentSharing))),
    "guards": Field(GuardTable()),
    "embed_origins": Field(Origins(most=100)),
    "opens_at": Field(Moment()),
    "closes_at": Field(Moment()),
}
ATTRIBUTES = {name: field.attribute or name for name, field in FIELDS.items()}
SIGNED = tuple(name for name, field in FIELDS.items() if field.signed)
DEFAULT_LAYERS = (Layer.COUNTY,)


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that was read: ``values`` by field as they are stored, without invalid ones."""

    values: dict[str, Any]
    problems: tuple[Problem, ...]


def read_definition(told: Mapping[str, Any], check_text: CheckText) -> Definition:
    """Return the values in ``told`` by field, and all problems in the order of FIELDS.

    - A missing field is missing in the values as well; only ``layers`` gets its default.
    - Raises nothing, whatever the values are.
    """
    problems: Problems = []
    values: dict[str, Any] = {}
    for name, field in FIELDS.items():
        if name in told:
            value = field.kind.read(name, told[name], problems)
            if value is not None:
                values[name] = value
        elif field.required:
            problems.append(Problem(DefinitionProblem.REQUIRED, field=name))
    problems += [_describe_unknown(name) for name in told if name not in FIELDS]
    if "layers" not in told:
        values["layers"] = list(DEFAULT_LAYERS)
    for check in CHECKS:
        problems += check(values)
    problems += _check_merge_fields(values, check_text)
    return Definition(values, tuple(problems))


def _describe_unknown(name: Any) -> Problem:
    near = difflib.get_close_matches(cut(name), FIELDS, n=1)
    return Problem(DefinitionProblem.UNKNOWN_KEY, {"near": near[0] if near else ""}, cut(name))


def _check_braces(values: Mapping[str, Any]) -> Problems:
    return [
        Problem(DefinitionProblem.MERGE_FIELD_NOT_TAKEN, field=name)
        for name in _list_merged(values, MergeFields.NONE)
        if "{{" in values[name] or "}}" in values[name]
    ]


def _check_merge_fields(values: Mapping[str, Any], check_text: CheckText) -> Problems:
    found = {
        name: _find_unknown_to_signers(values[name])
        for name in _list_merged(values, MergeFields.EVERYBODY)
    }
    for name in _list_merged(values, MergeFields.LETTER, MergeFields.EVERYBODY):
        found[name] = found.get(name) or check_text(values[name])
    return [replace(problem, field=name) for name, problem in found.items() if problem]


def _find_unknown_to_signers(text: str) -> Problem | None:
    unknown = [name for name in _MERGE_FIELD.findall(text) if name not in MESSAGE_FIELDS]
    if not unknown:
        return None
    params = {"found": cut(unknown[0]), "allowed": [*MESSAGE_FIELDS]}
    return Problem(DefinitionProblem.MERGE_FIELD_UNKNOWN, params)


def _list_merged(values: Mapping[str, Any], *meanings: MergeFields) -> list[str]:
    return [
        name
        for name in values
        if isinstance(kind := FIELDS[name].kind, Text) and kind.merge_fields in meanings
    ]


def _check_recipients(values: Mapping[str, Any]) -> Problems:
    layers = values.get("layers")
    if layers is None:
        return []
    return [
        Problem(DefinitionProblem.NOT_COUNTED, {"layers": layers}, f"recipients.{layer}")
        for layer in values.get("recipients", {})
        if layer not in layers
    ]


def _check_dates(values: Mapping[str, Any]) -> Problems:
    opens, closes = values.get("opens_at"), values.get("closes_at")
    if opens is None or closes is None or opens < closes:
        return []
    return [Problem(DefinitionProblem.NOT_AFTER, {"other": "opens_at"}, "closes_at")]


def _check_successor(values: Mapping[str, Any]) -> Problems:
    successor = values.get("successor")
    if successor is None or successor != values.get("slug"):
        return []
    return [Problem(DefinitionProblem.OWN_SUCCESSOR, field="successor")]


CHECKS = (
    _check_braces,
    _check_recipients,
    _check_dates,
    _check_successor,
    check_subject,
    check_stance,
)
