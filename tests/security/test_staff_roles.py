"""No page of the portal, whichever there is, opens to who has not signed in or has not the role."""

import pytest
from werkzeug.test import TestResponse

from petition.models import RoleName
from tests.security.visitor import Visitor
from tests.web.staff_world import BASE, enter

# The sign-in is for everybody, and the start only leads on.
OPEN = ("/login", "/logout", "/invitation/<token>", "/reset", "/reset/<token>")
# The pages of one's own account and one's saved views, whatever one's role is.
OWN = ("/staff/account", "/staff/second-factor", "/staff/prove", "/staff/login/", "/staff/views")
# What shows one signer's data, or a letter with many; and what is for who edits campaigns.
PERSONAL = (
    *(f"/campaigns{path}" for path in ("", "/new")),
    *(f"/campaigns/<slug>/{page}" for page in ("edit", "versions", "versions/compare", "state")),
    *(f"/campaigns/<slug>/{page}" for page in ("campaign.toml", "pictures", "consents")),
    "/pictures/<int(max=99):section>",
    "letter.pdf",
    "message.eml",
    "message.txt",
    "evidence.zip",
    "review/<int(max=9223372036854775807):signature_id>",
    "/organizations",
    "/signatures",
    "/signatures/<int(max=9223372036854775807):signature_id>",
    "/accounts",
    "/accounts/<int(max=2147483647):account_id>",
    "/audit",
    "/audit.csv",
    "/audit.jsonl",
    "/retention",
)
# Forms without anything to read for those who may not send them.
FORMS_ONLY = ("/rosters", "/rosters/<int(max=2147483647):roster_id>", "/bodies/new")
# What only who edits campaigns opens.
EDITING = (
    "/campaigns/<slug>",
    "/pause",
    "/checklist",
    "/preview",
    *(f"/preview/{name}" for name in ("page", "accent.css", "confirmation", "message", "letter")),
    "/page/pictures/<int(max=99):section>",
)


def list_closed(visitor: Visitor, method: str, portal: str = "/staff") -> list[tuple[str, str]]:
    """Return the rules of a portal that a sign-in is needed for, and an address of each."""
    return [
        (rule.rule, visitor.fill(rule))
        for rule in visitor.list_rules(method)
        if rule.rule.startswith(f"{portal}/")
        and rule.rule not in [portal + path for path in OPEN]
        and rule.rule != "/staff/"  # it only leads on
    ]


@pytest.mark.parametrize("portal", ["/staff", "/partner"])
def test_nothing_of_a_portal_opens_without_a_sign_in(visitor: Visitor, portal: str) -> None:
    stranger = visitor.app.test_client()

    def ask(method: str) -> dict[str, TestResponse]:
        found = list_closed(visitor, method, portal)
        return {rule: stranger.open(path, method=method, base_url=BASE) for rule, path in found}

    shown, sent = ask("GET"), ask("POST")

    assert len(shown) >= 7 and len(sent) >= 7
    for rule, answer in shown.items():
        where = answer.location.partition("?")[0]
        assert (answer.status_code, where) == (302, f"{portal}/login"), rule
    for rule, answer in sent.items():
        assert answer.status_code in (302, 400, 403) and "/login" in (
            answer.location or "/login"
        ), rule


def test_a_viewer_decides_nothing_and_sees_nobody(visitor: Visitor) -> None:
    viewer, token = enter(visitor.app, role=RoleName.READER)
    form = {"csrf_token": token, "why": "I may not", "sure": "1", "decision": "print"}

    for rule, path in list_closed(visitor, "GET"):
        if rule.startswith(OWN):
            continue
        expected = 403 if rule.endswith((*PERSONAL, *FORMS_ONLY, *EDITING)) else 200
        assert viewer.get(path, base_url=BASE).status_code == expected, rule
    for rule, path in list_closed(visitor, "POST"):
        if rule.startswith(OWN):
            continue
        answer = viewer.post(path, data=form, base_url=BASE, headers={"Origin": BASE})
        assert answer.status_code == 403, rule
