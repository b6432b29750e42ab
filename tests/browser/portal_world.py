"""The pages of organizations in both portals, with what real ones hold and with nothing at all."""

from collections.abc import Iterator
from dataclasses import replace

import h3
from flask import Flask

from petition.accounts.invitations import invite
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import RoleGrant, RoleName
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_download import open_download, write_file
from petition.partners.exports.export_requests import (
    ExportWish,
    ask_for_export,
    prepare_exports,
)
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.partners.profile.organization_edits import edit_organization
from petition.partners.profile.organization_form import OrganizationEdit
from petition.partners.relay.drafts import DraftForm, save_draft
from petition.partners.relay.sending import finish_messages, send_test, start_sending
from petition.partners.tokens.token_store import create_token
from petition.signers.leave_group import leave_group
from petition.signing.group_links import make_group_token
from tests.accounts.world import invite_to
from tests.browser.gallery import Shown
from tests.browser.gallery_world import QUICK, draw_logo
from tests.browser.lists_and_hooks import (
    DRAFT,
    EVENTS,
    FAILED,
    FAILS,
    OFF,
    READ,
    RUNNING,
    UNDONE,
    WAITING,
    WORKS,
    bring_lists,
    hook_up,
    send_events,
)
from tests.factories import make_district, make_person
from tests.ground import SLUG
from tests.partners.applications.world import send_proved
from tests.partners.bases.areas import set_reach
from tests.partners.lookups.near_world import HOME, add_person, allow
from tests.partners.relay.world import send_all
from tests.web.account_world import find_user_id
from tests.web.api.world import find_organization_id
from tests.web.public_world import make_world

OWNER = "bea.oyelaran@river-walkers.example"
STAFF = "kim@staff.example"
NAMED, EMPTY = "river-walkers", "new-here"
PORTAL = f"/partner/{NAMED}"
PEOPLE = (
    ("Ada", "Mariner", "We read to our children under those cameras every day."),
    ("Nils", "Ekholm", ""),
    ("Guadalupe", "Ferreira-Montgomery", "¡Basta! My mother asked me to write this down."),
    ("Wolfeschlegelsteinhausen", "Bergerdorff", ""),
)


def lay_groups(app: Flask) -> int:
    """Lay a campaign that a group with people carries, and a group that has just joined.

    - Return the campaign's id. Both groups are to be owned: see ``invite_owner``.
    """
    title = "Keep face surveillance out of our county"
    campaign_id = make_world(app, title=title, comments="all", guards=QUICK).campaign_id
    with app.app_context():
        place = {"locality": "Cambridge", "at": h3.cell_to_latlng(HOME)}
        logo = {"logo_name": "logo.png", "logo": draw_logo()}
        about = "We walk the river every Sunday, and count what we find."
        form = OrganizationForm(NAMED, "River Walkers of the Lower Valley", about=about)
        save_organization(replace(form, url="https://river-walkers.example", **place, **logo))
        join_campaign(NAMED, SLUG, {"updates": "", "contact": ""})
        save_organization(OrganizationForm(EMPTY, "New Here"))
    return campaign_id


def invite_owner(app: Flask) -> str:
    """Invite the owner of both groups; return the path of the link of the first."""
    with app.app_context():
        named = find_organization_id(NAMED)
        second = "second.owner@river-walkers.example"
        invite(second, RoleName.OWNER, actor="cli", organization_id=named)
    return invite_to(app, OWNER, RoleName.OWNER, named)


def fill_groups(app: Flask, campaign_id: int) -> None:
    """Let people sign around, and the owner do everything once; one person leaves at the end."""
    with app.app_context():
        group = find_organization_id(NAMED)
        with transaction() as session:
            user_id = find_user_id(OWNER)
            session.add(
                RoleGrant(
                    user_id=user_id,
                    role=RoleName.OWNER,
                    organization_id=find_organization_id(EMPTY),
                    granted_at=utcnow(),
                    granted_by="cli",
                )
            )
        hook_up(group)
        signers = add_people(campaign_id, group)
        write_messages(group, user_id)
        take_lists(group, user_id)
        create_token(group, "Our newsletter program", ["people:read", "export"], actor="cli")
        leave_group(make_group_token(signers[1], group))
        while number_changes():
            pass
        send_events(group)
        bring_lists(group, user_id)
        set_reach(find_organization_id(EMPTY), add_districts())
        change = OrganizationEdit(at_once={}, waiting={"name": "River Walkers"})
        edit_organization(group, change, actor=f"partner:{user_id}")
    send_proved(app, name="Open Streets")
    send_proved(
        app,
        name="Neighbors for a Very Long Name of an Association of Tenants",
        email="somebody@mailbox.example",
        url="https://tenants.example",
    )


def add_districts() -> list[str]:
    """Add counties elsewhere; return the division ids of two, and of one that is not in force."""
    with transaction() as session:
        names = ("Big Horn County", "Hot Springs County", "Sweetwater County")
        found = [make_district(session, name=name, state="WY").division_id for name in names]
    return ["ocd-division/country:us/state:wy/county:as_it_was_called_before", *found[1:]]


def add_people(campaign_id: int, group: int) -> list[int]:
    """Add sixteen signers in five cells, of whom some allow their address; return their ids."""
    cells = [HOME, *sorted(h3.grid_disk(HOME, 2))[:4]]
    signers = []
    for number in range(16):
        given_name, family_name, comment = PEOPLE[number % len(PEOPLE)]
        person = make_person(given_name=given_name, family_name=family_name, comment=comment)
        values = {"person": person, "publish_comment": bool(comment)}
        if comment:
            values["comment_state"] = "allowed"
        signers.append(add_person(campaign_id, group, cell=cells[number * number % 5], **values))
    with transaction():
        for signature_id in signers[::3]:
            allow(campaign_id, signature_id, group, "updates")
    with transaction():
        allow(campaign_id, signers[1], group, "updates")
    return signers


def write_messages(group: int, user_id: int) -> None:
    """Write a message that is sent, one that is paused, and a draft."""
    body = (
        "Dear {first_name},\n\nwe walk on Sunday. Come along:\nhttps://river-walkers.example/walk"
    )
    sent = save_draft(group, user_id, DraftForm("A walk along the river on Sunday", body))
    start_sending(group, user_id, sent)
    send_test(group, user_id, sent)
    send_all()
    finish_messages()
    save_draft(group, user_id, DraftForm("Who brings the tea?", body, since="2026-01-02"))


def take_lists(group: int, user_id: int) -> None:
    """Ask for three lists: one is downloaded, one is ready, and one waits."""
    for number in range(3):
        wish = ExportWish("updates" if number < 2 else "contact", "csv", since="2026-01-02")
        export_id = ask_for_export(group, ExportAsker(user_id=user_id), wish)
        if number < 2:
            while prepare_exports():
                pass
        if not number:
            for _ in write_file(open_download(group, export_id, ExportAsker(user_id=user_id))):
                pass


def list_partner_pages() -> Iterator[Shown]:
    """Yield the pages of the partner portal, of whoever is signed in as the owner."""
    yield Shown("partner-home", "/partner/")
    yield Shown("partner-account", "/partner/account")
    for name, path in (
        ("group", "/"),
        ("people", "/people"),
        ("people-filtered", "/people?since=2026-01-02&comment=1"),
        ("people-wrong", "/people?since=tomorrow"),
        ("messages", "/messages"),
        ("message-new", "/messages/new"),
        ("message-sent", "/messages/1"),
        ("message-draft", "/messages/2"),
        ("message-edit", "/messages/2/edit"),
        ("exports", "/exports"),
        ("export-downloaded", "/exports/1"),
        ("export-ready", "/exports/2"),
        ("export-preparing", "/exports/3"),
        ("imports", "/imports"),
        ("import-read", f"/imports/{READ}"),
        ("import-undone", f"/imports/{UNDONE}"),
        ("import-failed", f"/imports/{FAILED}"),
        ("import-running", f"/imports/{RUNNING}"),
        ("import-waiting", f"/imports/{WAITING}"),
        ("import-columns", f"/imports/{DRAFT}"),
        ("webhooks", "/webhooks"),
        ("webhook-works", f"/webhooks/{WORKS}"),
        ("webhook-fails", f"/webhooks/{FAILS}"),
        ("webhook-off", f"/webhooks/{OFF}"),
        *((f"event-{state}", f"/deliveries/{number}") for state, number in EVENTS.items()),
        ("api", "/api"),
        ("members", "/members"),
        ("organization", "/organization"),
        ("reach", "/reach"),
        ("reach-found", "/reach?words=count"),
        ("reach-nothing", "/reach?words=xyzzy&layer=county"),
        ("record", "/record"),
    ):
        yield Shown(f"partner-{name}", PORTAL + path)
    pages = ("", "people", "messages", "exports", "imports", "webhooks", "api", "members")
    for page in (*pages, "organization", "reach", "record"):
        yield Shown(f"partner-empty-{page or 'group'}", f"/partner/{EMPTY}/{page}")


def list_staff_pages() -> Iterator[Shown]:
    """Yield the staff's page about organizations."""
    yield Shown("staff-organizations", "/staff/organizations")


def list_group_pages() -> Iterator[Shown]:
    """Yield the public pages of groups."""
    yield Shown("groups-with", "/groups")
    yield Shown("group-named", f"/groups/{NAMED}")
    yield Shown("group-empty", f"/groups/{EMPTY}")
