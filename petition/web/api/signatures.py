"""``record_signature_helper`` of OSDI: an organization's program sends in a signature.

- Its signer confirms it by e-mail, as any other, whatever the campaign asks of those who use its
  page; until then it counts nowhere and consents to nothing.
- The answer is the same whether the address has signed before or not.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.error_messages.description import describe
from petition.models import Campaign, ConsentOffer
from petition.partners.tokens.idempotent_writes import WriteAnswer
from petition.partners.tokens.scopes import TokenScope
from petition.partners.tokens.token_check import TokenHolder
from petition.postal.zip_places import known_postal_code
from petition.signing.form import Answers, read_answers
from petition.signing.network_origins import Origin
from petition.signing.sign import store
from petition.web.api.authorization import get_holder
from petition.web.api.endpoints import own_write
from petition.web.api.idempotency import do_once, keep_beside
from petition.web.api.person_shapes import SignatureShape, SignatureWrite
from petition.web.api.problems import ApiRefusal, FieldError
from petition.web.errors import TooManyRequests
from petition.web.languages import LANGUAGES
from petition.web.public.pages.campaigns import find_campaign
from petition.web.ratelimit.signing_limits import let_in_domain

AWAITS = "awaits-confirmation"
EMAIL, POSTAL = "#/person/email_addresses/0", "#/person/postal_addresses/0"
# Where each field of the form is in the body.
POINTERS = {
    "given_name": "#/person/given_name",
    "family_name": "#/person/family_name",
    "email": f"{EMAIL}/address",
    "street_address": f"{POSTAL}/address_lines",
    "locality": f"{POSTAL}/locality",
    "region": f"{POSTAL}/region",
    "postal_code": f"{POSTAL}/postal_code",
    "comment": "#/comments",
    "text": "#/text_version",
}
BOXES = {"publish_comments": "publish_comment", "show_name": "show_name", "notify": "notify"}
EXAMPLE = {
    "person": {
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email_addresses": [{"address": "ada@people.example"}],
        "postal_addresses": [{"address_lines": ["1 Main Street"], "postal_code": "02139"}],
        "languages_spoken": ["en"],
    },
    "comments": "My bus comes twice a day.",
    "consents": [],
}


@own_write(
    "/campaigns/<slug:slug>/record_signature_helper",
    SignatureWrite,
    SignatureShape,
    "Record a signature",
    TokenScope.PEOPLE_WRITE,
    example=EXAMPLE,
)
def record_signature(body: dict[str, Any], slug: str) -> Any:
    """Record a signature; its signer gets an e-mail, whose link makes it count."""
    holder, campaign = get_holder(), find_campaign(slug)
    offers = _check_consents(body["consents"], campaign, holder)
    form = _write_form(body) | {f"consent_{p}_{holder.slug}": f"offer-{o}" for p, o in offers}
    try:
        answers = read_answers(form, known_postal_code)
    except InvalidInput as refused:
        raise _refuse(refused) from None
    return do_once(lambda: _store(slug, answers, body, holder))


def _store(slug: str, answers: Answers, body: dict[str, Any], holder: TokenHolder) -> WriteAnswer:
    answer = WriteAnswer(202, {"campaign": slug, "status": AWAITS})
    try:
        let_in_domain(answers.person.email)
        store(
            slug,
            answers,
            language=_choose_language(body),
            origin=Origin(batch=f"api:{holder.token_id}"),
            by_mail=True,
            text_version=body.get("text_version"),
            source=f"api:{holder.token_id}",
            beside=keep_beside(answer),
        )
    except TooManyRequests as refused:
        raise ApiRefusal(429, headers={"Retry-After": str(refused.seconds)}) from None
    except InvalidInput as refused:
        raise _refuse(refused) from None
    return answer


def _check_consents(
    asked: list[dict[str, Any]], campaign: Campaign, holder: TokenHolder
) -> list[tuple[str, int]]:
    """Return the consents as purpose and offer; raises ApiRefusal for one of anybody else.

    - An offer of another organization is refused as one that does not exist.
    """
    rows = db.session.execute(
        select(ConsentOffer.purpose, ConsentOffer.id).where(
            ConsentOffer.campaign_id == campaign.id,
            ConsentOffer.organization_id == holder.organization_id,
            ConsentOffer.retired_at.is_(None),
        )
    )
    own = {(row.purpose, row.id) for row in rows}
    given = [(consent["purpose"], consent["offer"]) for consent in asked]
    wrong = [
        FieldError("Your organization makes no such offer now.", pointer=f"#/consents/{at}/offer")
        for at, one in enumerate(given)
        if one not in own
    ]
    if wrong:
        raise ApiRefusal(422, "invalid-input", errors=wrong)
    return given


def _write_form(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields as the form on the campaign's page sends them."""
    person = body["person"]
    postal = person["postal_addresses"][0]
    form = {
        "given_name": person.get("given_name", ""),
        "family_name": person.get("family_name", ""),
        "email": person["email_addresses"][0]["address"],
        "street_address": ", ".join(line for line in postal.get("address_lines", []) if line),
        "locality": postal.get("locality", ""),
        "region": postal.get("region", ""),
        "postal_code": postal["postal_code"],
        "comment": body.get("comments", ""),
    }
    return form | {name: "1" for asked, name in BOXES.items() if body[asked]}


def _choose_language(body: Mapping[str, Any]) -> str:
    spoken = (language[:2].lower() for language in body["person"].get("languages_spoken", []))
    return next((language for language in spoken if language in LANGUAGES), "en")


def _refuse(refused: InvalidInput) -> ApiRefusal:
    errors = [
        FieldError(describe(problem), pointer=POINTERS.get(name, "#"))
        for name, problem in refused.problems.items()
    ]
    code = refused.code if refused.status != 422 else "invalid-input"
    return ApiRefusal(refused.status, code, errors=errors)
