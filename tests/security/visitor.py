"""Somebody who opens every page that the app's own map has, and what each request wrote.

A page that is added is found here by itself; where it needs a new word in its address, the test of
odd input says so.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from petition.accounts.account_links import AccountLink, make_account_token
from petition.accounts.account_mails import plan_mail
from petition.accounts.invitations import invite
from petition.accounts.staff_accounts import create_staff
from petition.attention.stored_causes import refresh_causes
from petition.bulk.rosters.roster_options import RosterOptions
from petition.bulk.rosters.roster_receipt import receive_roster
from petition.core.extensions import db, transaction
from petition.models import (
    AccountMail,
    AccountMailKind,
    Campaign,
    District,
    Invitation,
    OrganizationApplication,
    Placement,
    PortalName,
    RoleName,
    SignatureState,
)
from petition.partners.applications.application_form import read_application
from petition.partners.applications.application_steps import apply
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.redistricting.activation import activate
from petition.signing.group_links import make_group_token
from petition.signing.link_tokens import LinkPurpose, make_token
from petition.signing.location_questions import make_question
from tests.factories import make_signature
from tests.ground import POSTAL_CODE, SLUG
from tests.partners.applications.world import FORM as APPLICATION
from tests.web.public_world import make_world
from tests.web.staff_world import BASE, enter
from tests.web.street_world import AREAS, store_areas

# That somebody looked at an address or a letter stays in the trail, whatever comes of it.
EVENT = frozenset({"INSERT INTO events"})
VIEWS = (
    "settle_one",
    "show_waiting",
    "show_letter",
    "show_message",
    "show_source",
    "take_evidence",
)
# That somebody looked at a signature in review also stands in its row: it is kept for a while yet.
LOOKED_AT = EVENT | {"UPDATE signatures"}
TRACES = {f"staff.{view}": EVENT for view in VIEWS} | {
    f"staff.{view}": LOOKED_AT for view in ("settle_one", "show_waiting")
}
# That a link was refused stays in the trail, and an app that is being set up in its row.
PORTALS = ("staff", "partner")
TRACES |= {
    f"{portal}.{view}": EVENT
    for portal in PORTALS
    for view in ("open_invitation", "choose_password")
}
TRACES |= {
    f"staff.{view}": frozenset({"INSERT INTO second_factors"})
    for view in ("set_up_factor", "draw_code")
}
# That somebody's role does not show them the applications or the accounts stays in the trail.
TRACES |= {
    f"staff.{view}": EVENT
    for view in (
        "list_groups",
        "decide_group",
        "list_people",
        "change_invitations",
        "find_people",
        "show_person",
        "change_person",
    )
}
# Nor the trail or retention.
TRACES |= {
    f"staff.{view}": EVENT
    for view in (
        "list_trail",
        "export_trail_csv",
        "export_trail_lines",
        "show_retention",
        "run_retention",
        "place_hold",
        "release_hold",
    )
}
# What waits is read again for whoever opens the page, at most each 15 seconds.
READ = frozenset(
    f"{verb} {table}"
    for verb in ("INSERT INTO", "UPDATE")
    for table in ("heartbeats", "attention_causes")
)
TRACES |= {f"staff.{view}": EVENT | READ for view in ("list_causes", "act_on_cause")}
# That a session was used is written once a minute.
USED = {"UPDATE account_sessions"}
ENDS_VISIT = ("staff.sign_out", "partner.sign_out")
PART = re.compile(r"<(?:[^<>]+:)?(\w+)>")
WRITE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \w+")


@dataclass(frozen=True)
class Visitor:
    """Who opens every page there is, signed in on the staff's, and what fills an address."""

    app: Flask
    browser: FlaskClient
    token: str
    parts: dict[str, str]
    statements: list[str]

    def list_rules(self, method: str) -> list[Rule]:
        """Return what answers to the method, but for what would end the visit."""
        rules = (rule for rule in self.app.url_map.iter_rules() if method in (rule.methods or ()))
        return [rule for rule in rules if rule.endpoint not in ENDS_VISIT]

    def fill(self, rule: Rule, **odd: str | bytes) -> str:
        """Return an address of the rule, with odd words in place of some of its parts."""

        def find(name: str) -> str:
            if name in odd:
                return quote(odd[name], safe="")
            if name != "token" or "/address/" in rule.rule:
                return self.parts[name]
            first, second = rule.rule.split("/")[1:3]
            return self.parts[f"{second if first in PORTALS else first} token"]

        return PART.sub(lambda found: find(found[1]), rule.rule)

    def set_websites(self, origins: list[str]) -> None:
        """Let these websites frame the campaign's embed."""
        with self.app.app_context(), transaction() as session:
            session.execute(update(Campaign).values(embed_origins=origins))

    def ask(self, method: str, path: str, **options: Any) -> tuple[TestResponse, set[str]]:
        """Ask from a page of ours; return the answer and how each statement that wrote began."""
        self.statements.clear()
        options["headers"] = {"Origin": BASE} | options.get("headers", {})
        answer = self.browser.open(path, method=method, base_url=BASE, **options)
        wrote = {match[0] for match in map(WRITE.match, self.statements) if match}
        return answer, wrote - USED

    def try_out(self, rule: Rule, method: str, path: str, **options: Any) -> str | None:
        """Ask, and return what is wrong with the answer.

        - An error of ours, or a row that was written although the answer refuses or only shows.
        - That a form of a portal was refused is in the trail.
        """
        answer, wrote = self.ask(method, path, **options)
        if method == "POST" and rule.rule.split("/")[1] in PORTALS and answer.status_code >= 400:
            wrote -= EVENT
        if method != "POST" or answer.status_code >= 400:
            wrote -= TRACES.get(rule.endpoint, set())
        else:
            wrote = set()
        if answer.status_code < 500 and not wrote:
            return None
        return f"{method} {rule.rule}: {answer.status_code} {wrote or ''}"


def make_account_tokens() -> dict[str, str]:
    """Return the tokens of an application, an invitation and a reset, of who has an account."""
    email = "bea@staff.example"
    user_id = create_staff(email, "correct horse battery", [RoleName.READER], actor="test")
    number = invite(email, RoleName.REVIEWER, actor="test")
    apply(read_application(APPLICATION, []), "en")
    with transaction() as session:
        plan_mail(session, AccountMailKind.RESET, PortalName.STAFF, user_id=user_id)
        session.flush()
        mail = session.scalars(select(AccountMail).where(AccountMail.user_id == user_id)).one()
        secret = session.get_one(Invitation, number).secret
        application = session.scalars(select(OrganizationApplication)).one()
        return {
            "groups token": make_account_token(
                AccountLink.APPLICATION, application.id, application.secret
            ),
            "invitation token": make_account_token(AccountLink.INVITATION, number, secret),
            "reset token": make_account_token(AccountLink.RESET, mail.id, mail.secret or b""),
        }


def visit(street_app: Flask) -> Visitor:
    """Return somebody in a world that has one of everything that an address names."""
    off = {"minimum_seconds": 0, "proof_of_work": "off", "honeypot": False}
    world = make_world(street_app, layers=["county", "sldl"], step=2, guards=off, accent="#336699")
    code = world.send(world.count(2)[0])
    with street_app.app_context():
        activate(store_areas(AREAS, "test", "sldl"))
        save_organization(OrganizationForm("open-gov", "Open Gov"))
        save_organization(OrganizationForm(SLUG, "Square"))
        join_campaign("open-gov", SLUG, {"email": "May Open Gov write to you?"})
        with transaction() as session:
            campaign = session.get_one(Campaign, world.campaign_id)
            signer = make_signature(session, campaign, state="pending", confirmed_at=None).id
            review = {"state": SignatureState.REVIEW, "review_reason": "needs-address"}
            waiting = make_signature(session, campaign, **review).id
            session.add(
                Placement(
                    signature_id=waiting,
                    layer="county",
                    district_id=world.district_id,
                    found_by="zip",
                )
            )
        east = select(District.id).where(District.layer == "sldl", District.geoid == "25002")
        parts = {
            "east": str(db.session.scalars(east).one()),
            "slug": SLUG,
            "layer": "sldl",
            "geoid": "25002",
            "state": "ma",
            "code": code,
            "filename": "hundredth.css",
            "name": "leaflet.js",
            "figure": "days",
            "delivery_id": "1",
            "view_id": "1",
            "post_id": "1",
            "which": "email",
            "correction_id": "1",
            "roster_id": "1",
            "account_id": "1",
            "milestone_id": "1",
            "cause_id": "1",
            "signature_id": str(waiting),
            "offer_id": "1",
            "token_id": "1",
            "section": "1",
            "number": "1",
            "what": "stop",
            "token": make_question(signer, world.campaign_id, POSTAL_CODE),
            "confirm token": make_token(signer, LinkPurpose.CONFIRM),
            "unsubscribe token": make_token(signer, LinkPurpose.UNSUBSCRIBE),
            **make_account_tokens(),
            "unsubscribe-group token": make_group_token(signer, 1),
            "signatures token": make_token(signer, LinkPurpose.STATUS),
        }
        body = b"division_id,role,title,salutation,email,address,voice,fax\n"
        receive_roster(1, "bodies.csv", BytesIO(body), RosterOptions())
        refresh_causes(timedelta(0))
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    return Visitor(street_app, *enter(street_app), parts, statements)
