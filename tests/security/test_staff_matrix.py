"""Every address of the staff pages by every role, by a role for another campaign, and by nobody.

The table is written by hand, beside docs/roles.md: an address that is missing in it fails.
"""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from petition.accounts.permissions import PERMISSIONS, Permission
from petition.core.extensions import transaction
from petition.models import STAFF_ROLES, RoleGrant, RoleName, User
from tests.factories import make_campaign
from tests.security.test_staff_roles import OPEN
from tests.security.visitor import Visitor
from tests.web.staff_world import BASE, enter, find_token, get, make_staff

# Which permission an address needs.
NEEDS = {
    Permission.DELIVERIES_READ: "list_all show_live export_list show_one",
    Permission.DELIVERIES_DECIDE: (
        "retry_one resolve_one cancel_one note_one fix_office confirm_one hold_one release_one "
        "send_one_otherwise act_on_ticked"
    ),
    Permission.LETTERS_OPEN: "show_letter show_message show_source take_evidence",
    Permission.MILESTONES_READ: "list_milestones show_milestone show_limits",
    Permission.MILESTONES_DECIDE: (
        "release_milestone invalidate_milestone restore_milestone change_limits"
    ),
    Permission.REVIEW_LIST: "list_review",
    Permission.SIGNATURES_REVIEW: "show_waiting settle_one look_up_again",
    Permission.SIGNATURES_OPEN: (
        "ask_signature find_signatures show_signature open_signature correct_signer "
        "withdraw_signer export_signer erase_signer"
    ),
    Permission.COMMENTS_READ: "list_words",
    Permission.COMMENTS_DECIDE: "decide_words",
    Permission.BOUNDARIES_READ: "list_boundaries",
    Permission.CAMPAIGNS_EDIT: (
        "list_edited begin_campaign make_campaign edit_campaign save_campaign discard_edit "
        "download_definition list_campaign_versions compare_versions put_version_back "
        "list_campaign_pictures change_picture show_campaign_picture list_campaign_consents "
        "change_consents show_campaign_state change_campaign_state show_checklist open_by_form "
        "show_pause change_pause show_stop change_stop show_preview show_accent_preview "
        "show_mail_preview show_letter_preview show_pdf_preview show_message_preview "
        "show_page_preview"
    ),
    Permission.OFFICIALS_READ: "list_officials show_post",
    Permission.OFFICIALS_EDIT: (
        "correct_one withdraw_one type_body add_body show_rosters upload_roster show_roster "
        "check_roster_again import_roster_now"
    ),
    Permission.REPORTS_READ: "show_figures export_figures show_service",
    Permission.ACCOUNTS_MANAGE: (
        "list_people change_invitations find_people show_person change_person"
    ),
    Permission.SETTINGS_MANAGE: (
        "list_trail export_trail_csv export_trail_lines show_retention run_retention place_hold "
        "release_hold"
    ),
    Permission.ORGANIZATIONS_APPROVE: "list_groups decide_group",
}
# What whoever is signed in may open: their own account and views, and the cards of their roles.
SIGNED_IN = (
    "list_causes act_on_cause choose_digest save_filters forget_filters show_account "
    "end_session change_password set_up_factor draw_code renew_codes prove"
)
# What a role for one campaign opens, of that campaign.
SCOPED = {
    Permission.DELIVERIES_READ,
    Permission.DELIVERIES_DECIDE,
    Permission.LETTERS_OPEN,
    Permission.SIGNATURES_OPEN,
    Permission.CAMPAIGNS_EDIT,
    Permission.REPORTS_READ,
    Permission.MILESTONES_READ,
    Permission.MILESTONES_DECIDE,
    Permission.REVIEW_LIST,
    Permission.SIGNATURES_REVIEW,
    Permission.COMMENTS_READ,
    Permission.COMMENTS_DECIDE,
}
# These need a role for the whole service.
WHOLE = {"begin_campaign", "make_campaign", "show_service", "show_stop", "change_stop"}
# It is decided card by card: tests/web/test_staff_attention.py.
BY_CARD = "act_on_cause"
FORM = {"why": "They said so", "sure": "1", "outcome": "sent", "do": "none", "by": "email"}


def find_permission(rule: Rule) -> Permission | None:
    """Return what an address needs by the table; None: a sign-in. Raises where it is in none."""
    name = rule.endpoint.removeprefix("staff.")
    if name in SIGNED_IN.split():
        return None
    found = [permission for permission, names in NEEDS.items() if name in names.split()]
    assert len(found) == 1, name
    return found[0]


def list_rules(visitor: Visitor) -> list[tuple[str, Rule]]:
    """Return (method, rule) of every address that is closed to strangers."""
    open_to_all = {f"/staff{path}" for path in OPEN}
    return [
        (method, rule)
        for method in ("GET", "POST")
        for rule in visitor.list_rules(method)
        if rule.rule.startswith("/staff/")
        and rule.rule not in open_to_all
        # The steps of signing in, and the start, which only leads on.
        and not rule.rule.startswith("/staff/login")
        and rule.rule != "/staff/"
    ]


def ask(
    visitor: Visitor, browser: FlaskClient, token: str, method: str, rule: Rule
) -> TestResponse:
    data = FORM | {"csrf_token": token} if method == "POST" else None
    headers = {"Origin": BASE}
    path = visitor.fill(rule)
    # Buffered: a file that is still being sent keeps the context of its request.
    return browser.open(
        path, method=method, data=data, base_url=BASE, headers=headers, buffered=True
    )


def leads_to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code == 302 and "/staff/login" in (answer.location or "")


def test_every_address_is_in_the_table_once(visitor: Visitor) -> None:
    names = {rule.endpoint.removeprefix("staff.") for _, rule in list_rules(visitor)}
    told = [name for names in (*NEEDS.values(), SIGNED_IN) for name in names.split()]

    assert sorted(told) == sorted(names) and len(names) > 40


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_a_role_opens_what_its_permissions_say_and_nothing_else(
    visitor: Visitor, role: RoleName
) -> None:
    browser, token = enter(visitor.app, role)

    for method, rule in list_rules(visitor):
        permission = find_permission(rule)
        answer = ask(visitor, browser, token, method, rule)
        if rule.endpoint.endswith(BY_CARD):
            continue
        may = permission is None or permission in PERMISSIONS[role]
        assert (answer.status_code != 403) == may, (method, rule.rule, answer.status_code)
        assert answer.status_code < 500 and not leads_to_sign_in(answer), (method, rule.rule)


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_a_role_for_another_campaign_opens_nothing_of_this_one(
    visitor: Visitor, role: RoleName
) -> None:
    browser, token = enter(visitor.app, role)
    make_staff(visitor.app, RoleName.ADMIN, "last@staff.example")  # one for the service stays
    with visitor.app.app_context(), transaction() as session:
        other = make_campaign(session, slug="another")
        session.flush()
        account = select(User.id).where(User.email == f"{role.value}@staff.example")
        session.execute(
            update(RoleGrant).where(RoleGrant.user_id.in_(account)).values(campaign_id=other.id)
        )

    for method, rule in list_rules(visitor):
        permission = find_permission(rule)
        if permission is None:
            continue
        answer = ask(visitor, browser, token, method, rule)
        name = rule.endpoint.removeprefix("staff.")
        may_elsewhere = permission in PERMISSIONS[role] & SCOPED and name not in WHOLE
        # One row of this campaign does not exist for them, nor does the campaign that a form names;
        # a list is there, and shows none of it.
        of_row = bool(rule.arguments - {"figure"})
        rows = {404} if of_row else {200, 303, 422} | ({404} if method == "POST" else set())
        expected = rows if may_elsewhere else {403}
        assert answer.status_code in expected, (method, rule.rule, answer.status_code)
        assert "Square" not in answer.text, rule.rule


def test_nobody_opens_nothing(visitor: Visitor) -> None:
    stranger = visitor.app.test_client()
    token = find_token(get(stranger, "/staff/login"))

    for method, rule in list_rules(visitor):
        answer = ask(visitor, stranger, token, method, rule)
        assert leads_to_sign_in(answer), (method, rule.rule, answer.status_code)
