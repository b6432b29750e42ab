"""No page of the portal, whichever there is, opens to who has not signed in or has not the role."""

from petition.models import RoleName
from tests.security.visitor import Visitor
from tests.web.staff_world import BASE, enter

# The sign-in is for everybody, and the start only leads on.
OPEN = ("/staff/login", "/staff/logout", "/staff/")
# What shows one signer's data, or a letter with many.
PERSONAL = ("letter.pdf", "message.eml", "review/<int(max=9223372036854775807):signature_id>")


def list_closed(visitor: Visitor, method: str) -> list[tuple[str, str]]:
    """Return the rules of the portal that a role is needed for, and an address of each."""
    return [
        (rule.rule, visitor.fill(rule))
        for rule in visitor.list_rules(method)
        if rule.rule.startswith("/staff") and rule.rule not in OPEN
    ]


def test_nothing_of_the_portal_opens_without_a_sign_in(visitor: Visitor) -> None:
    stranger = visitor.app.test_client()
    shown = {rule: stranger.get(path, base_url=BASE) for rule, path in list_closed(visitor, "GET")}
    sent = {rule: stranger.post(path, base_url=BASE) for rule, path in list_closed(visitor, "POST")}

    assert len(shown) >= 8 and len(sent) >= 8
    for rule, answer in shown.items():
        assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/staff/login"), (
            rule
        )
    for rule, answer in sent.items():
        assert answer.status_code in (302, 400, 403) and "/login" in (
            answer.location or "/login"
        ), rule


def test_a_viewer_decides_nothing_and_sees_nobody(visitor: Visitor) -> None:
    viewer, token = enter(visitor.app, role=RoleName.READER)
    form = {"csrf_token": token, "why": "I may not", "sure": "1", "decision": "print"}

    for rule, path in list_closed(visitor, "GET"):
        expected = 403 if rule.endswith(PERSONAL) else 200
        assert viewer.get(path, base_url=BASE).status_code == expected, rule
    for rule, path in list_closed(visitor, "POST"):
        answer = viewer.post(path, data=form, base_url=BASE, headers={"Origin": BASE})
        assert answer.status_code == 403, rule
