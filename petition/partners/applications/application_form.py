"""The fields of an application, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from petition.core.errors import InvalidInput, Problem
from petition.partners.applications.domain_proof import read_web_page
from petition.partners.partner_problems import PartnerProblem
from petition.partners.texts import read_lines, read_title
from petition.postal.zip_places import known_postal_code
from petition.validation.mail_addresses import read_mail_address

LONGEST_WHY = 2_000
LONGEST_TYPED_EMAIL = 320
MOST_CAMPAIGNS = 50


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """A checked application; ``campaigns``: slugs."""

    name: str
    url: str
    contact_name: str
    email: str
    why: str
    locality: str
    postal_code: str
    campaigns: tuple[str, ...]


def read_application(typed: Mapping[str, str], chosen: list[str]) -> ApplicationForm:
    """Return the application; raises InvalidInput with the problem of each field.

    - ``typed``: ``name``, ``url``, ``contact_name``, ``email``, ``why``, ``postal_code``.
      ``chosen``: slugs of campaigns; unknown ones are left out later.
    """
    problems: dict[str, Problem] = {}
    name = read_title(typed.get("name", ""), "name", problems, PartnerProblem.NAME_MISSING)
    contact = read_title(
        typed.get("contact_name", ""), "contact_name", problems, PartnerProblem.CONTACT_MISSING
    )
    url = read_web_page(typed.get("url", ""))
    if url is None:
        problems["url"] = Problem(PartnerProblem.URL_REFUSED)
    said = typed.get("email", "").strip()
    email = read_mail_address(said) if len(said) <= LONGEST_TYPED_EMAIL else None
    if email is None:
        problems["email"] = Problem(PartnerProblem.EMAIL_REFUSED)
    why = read_lines(typed.get("why", ""), "why", LONGEST_WHY, problems)
    if not why and "why" not in problems:
        problems["why"] = Problem(PartnerProblem.TEXT_MISSING)
    place = known_postal_code(typed.get("postal_code", ""))
    if place is None or place.is_military:
        problems["postal_code"] = Problem(PartnerProblem.ZIP_REFUSED)
    if problems or place is None or url is None or email is None:
        raise InvalidInput(problems)
    return ApplicationForm(
        name=name,
        url=url,
        contact_name=contact,
        email=email,
        why=why,
        locality=place.place,
        postal_code=place.postal_code,
        campaigns=tuple(dict.fromkeys(chosen))[:MOST_CAMPAIGNS],
    )
