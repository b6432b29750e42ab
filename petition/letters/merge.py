"""Merge fields: a short list of names in the text of staff, replaced by plain substitution.

The text of staff is never a template. ``{{ 7 * 7 }}``, ``{{ config }}`` and ``{% if %}`` are text
like any other: the first two are refused when a campaign is made, the third is printed as text.
"""

import re
from collections.abc import Mapping

from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem, UserError
from petition.letters.content import LetterContent
from petition.letters.words.places import say_place
from petition.letters.words.wording import LetterWording

MERGE_FIELDS: Mapping[str, str] = {
    "campaign.title": "the campaign's title",
    "campaign.bill": "the bill's number, or nothing",
    "organization.name": "who sends the letter",
    "district.name": "the district, as in “Middlesex County”",
    "district.layer": "the kind of district, as in “county”",
    "district.state": "the district's state, or nothing",
    "district.place": "the district and its state",
    "count": "how many names this letter carries",
    "total": "how many have signed in the district so far",
    "since": "the day of the district's first signature",
    "dated": "the letter's date",
    "letter.code": "the letter's short code",
    "letter.url": "the page that confirms the letter",
    "addressee.post": "the post the letter goes to",
    "addressee.name": "who holds it, or else the post",
    "addressee.salutation": "the salutation, as in “Dear Commissioners”",
}

FIELD = re.compile(r"\{\{([^{}\n]*)\}\}")
# Places where Markdown reads no field: in the address of a link, and after a backslash.
_OUT_OF_REACH = re.compile(r"\]\([^()\n]*\{\{|<[A-Za-z][\w+.-]*:[^<>\s]*\{\{|\\\{\{")
# In Spanish "de el condado" is "del condado", and "a el" is "al": the field less its first "e".
_JOINED = ("district.name, joined", "district.place, joined")
_BEFORE_ARTICLE = re.compile(r"\b([Dd]e|[Aa]) \{\{\s*(district\.(?:name|place))\s*\}\}")


class MergeFieldRefused(UserError):
    """A text has something in double braces that is not a merge field; a parameter names it."""

    code = "merge-field-refused"
    status = 422


def check_merge_fields(text: str, allowed: Mapping[str, str] = MERGE_FIELDS) -> None:
    """Check that every ``{{ ... }}`` of ``text`` is an allowed merge field.

    - Raises MergeFieldRefused with the code and parameters of the result of ``find_merge_problem``.
    """
    problem = find_merge_problem(text, allowed)
    if problem is not None:
        raise MergeFieldRefused(problem.code, **problem.params)


def find_merge_problem(text: str, allowed: Mapping[str, str] = MERGE_FIELDS) -> Problem | None:
    """Return the first problem of the merge fields of ``text``; the caller sets its ``field``.

    - A field that is not allowed, else one in a place where none is read, else an unpaired brace.
    """
    for match in FIELD.finditer(text):
        name = match[1].strip()
        if name not in allowed:
            params = {"found": name[:60], "allowed": sorted(allowed)}
            return Problem(DefinitionProblem.MERGE_FIELD_UNKNOWN, params)
    if _OUT_OF_REACH.search(text):
        return Problem(DefinitionProblem.MERGE_FIELD_MISPLACED)
    rest = FIELD.sub("", text)
    for brace in ("{{", "}}"):
        at = rest.find(brace)
        if at >= 0:
            near = " ".join(rest[max(0, at - 20) : at + 40].split())
            return Problem(DefinitionProblem.MERGE_FIELD_OPEN, {"near": near})
    return None


def fill_merge_fields(text: str, values: Mapping[str, str]) -> str:
    """Return the plain ``text`` with its merge fields replaced; fields in values are not."""
    check_merge_fields(text, values)
    return FIELD.sub(lambda match: values[match[1].strip()], text)


def read_merge_values(content: LetterContent, wording: LetterWording) -> dict[str, str]:
    """Return the value of each merge field in one letter."""
    addressee, district = content.addressee, content.district
    name = say_place(district.name, wording.language).full
    place = say_place(district.name, wording.language, district.state).full
    return {
        "campaign.title": content.campaign_title,
        "campaign.bill": content.bill.number if content.bill else "",
        "organization.name": content.organization.name,
        "district.name": name,
        "district.layer": wording.layers.get(district.layer, district.layer),
        "district.state": district.state or "",
        "district.place": place,
        **{_JOINED[0]: name.removeprefix("e"), _JOINED[1]: place.removeprefix("e")},
        "count": wording.number(content.count),
        "total": wording.number(content.total),
        "since": wording.date(content.since),
        "dated": wording.date(content.dated),
        "letter.code": content.code,
        "letter.url": content.verify_url,
        "addressee.post": addressee.post,
        "addressee.name": addressee.name or addressee.post,
        "addressee.salutation": addressee.salutation.rstrip(" ,:"),
    }


def prepare_text(text: str, content: LetterContent) -> str:
    """Return a campaign's text with Spanish prepositions joined to the article of the district."""
    spanish = content.language.startswith("es")
    if not spanish or not say_place(content.district.name, content.language).full.startswith("el "):
        return text
    return _BEFORE_ARTICLE.sub(lambda found: f"{found[1]}{{{{ {found[2]}, joined }}}}", text)
