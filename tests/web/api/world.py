"""What the tests of the API share: organizations with tokens, and a program that calls it."""

from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from petition.core.extensions import db
from petition.models import ConsentOffer, Organization
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.partners.tokens.scopes import TokenScope
from petition.partners.tokens.token_store import create_token
from tests.ground import POSTAL_CODE, SLUG

API = "/api/v1"
PROBLEM = "application/problem+json"
RECORD = f"/campaigns/{SLUG}/record_signature_helper"
ALL = tuple(scope.value for scope in TokenScope)
WORDING = "The riders may e-mail me."


def make_organization(app: Flask, slug: str = "riders", **offers: str) -> int:
    """Make an organization that supports the campaign and asks its signers; return its id."""
    with app.app_context():
        save_organization(OrganizationForm(slug, slug.title()))
        join_campaign(slug, SLUG, offers or {"updates": WORDING})
        return find_organization_id(slug)


def find_organization_id(slug: str) -> int:
    """Return the id of an organization."""
    return db.session.scalars(select(Organization.id).where(Organization.slug == slug)).one()


def find_offer_id(app: Flask, slug: str = "riders", purpose: str = "updates") -> int:
    """Return the id of an organization's offer of now."""
    with app.app_context():
        return db.session.scalars(
            select(ConsentOffer.id).where(
                ConsentOffer.organization_id == find_organization_id(slug),
                ConsentOffer.purpose == purpose,
                ConsentOffer.retired_at.is_(None),
            )
        ).one()


def make_api_token(app: Flask, slug: str = "riders", *scopes: str) -> str:
    """Make a token for an organization, of all scopes unless some are named."""
    with app.app_context():
        number = find_organization_id(slug)
        return create_token(number, "Our program", scopes or ALL, actor="test").secret


def call(app: Flask, path: str, token: str | None = None, **options: Any) -> TestResponse:
    """Call the API as a program: a GET, or a POST where ``json`` or ``data`` is sent."""
    headers = dict(options.pop("headers", {}))
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    sends = "json" in options or "data" in options
    method = options.pop("method", "POST" if sends else "GET")
    return app.test_client().open(API + path, method=method, headers=headers, **options)


def write_signature(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the body of a signature to record, of an invented person."""
    person = {
        "given_name": "Ada",
        "family_name": f"Person{'abcdefghij'[number % 10]}",
        "email_addresses": [{"address": f"ada{number}@people.example"}],
        "postal_addresses": [{"address_lines": ["1 Main Street"], "postal_code": POSTAL_CODE}],
    }
    return {"person": person} | changes
