"""An organization applies, proves its address, and staff decide: nobody makes itself a partner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from petition.accounts.account_links import AccountLink, make_account_token
from petition.accounts.invitation_list import list_invitations
from petition.attention.waiting_list import list_attention
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db, transaction
from petition.models import (
    AccountMail,
    CampaignOrganization,
    Organization,
    OrganizationApplication,
    OrganizationState,
    RoleGrant,
)
from petition.models.states import ORGANIZATION_TRANSITIONS
from petition.partners.applications.application_decisions import (
    AlreadyDecided,
    approve,
    refuse,
    resume,
    suspend,
)
from petition.partners.applications.application_form import read_application
from petition.partners.applications.application_retention import forget_applications
from petition.partners.applications.application_steps import (
    apply,
    look_at_application,
    prove_address,
)
from petition.partners.organizations import OrganizationForm, save_organization
from petition.partners.partner_list import list_partners, read_group
from tests.accounts.world import list_actions, read_text, send_mails
from tests.cli.runner import run
from tests.factories import make_campaign
from tests.partners.applications.world import (
    FORM,
    find_token,
    make_approved,
    send,
    send_proved,
)

WHY = "Staff know them from the coalition."


def count(app: Flask, kind: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(kind)) or 0


def read_state(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Organization.state).order_by(Organization.id)))


def test_an_application_is_nothing_until_its_address_is_proved(app: Flask) -> None:
    number = send(app)

    assert count(app, Organization) == 0
    assert run(app, "partners", "applications").output.startswith("No application")
    with app.app_context(), pytest.raises(NotFound):
        approve(number, actor="staff:1", because=WHY)
    [mail] = send_mails(app)
    assert mail["To"] == FORM["email"] and FORM["name"] not in mail.as_string()


def test_a_proved_one_waits_for_staff_and_is_shown_nowhere(app: Flask) -> None:
    send_proved(app)

    assert read_state(app) == ["applied"]
    with app.app_context():
        assert list_partners() == []
        slug = db.session.scalars(select(Organization.slug)).one()
        with pytest.raises(NotFound):
            read_group(slug)
        assert [(item.name, item.number) for item in list_attention(db.session())] == [
            ("applications", 1)
        ]
    assert "open-streets" in run(app, "partners", "applications").output


def test_approval_invites_the_applicant_as_the_first_owner_and_lists_the_group(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_campaign(session, slug="square", state="open")
    with app.app_context():
        apply(read_application(FORM, ["square", "none-such"]), "en")
    with app.app_context():
        prove_address(find_token(app, 1))

        slug = approve(1, actor="staff:1")

        assert slug == "open-streets"
        assert [line.name for line in list_partners()] == ["Open Streets"]
        [invitation] = list_invitations()
        assert (invitation.email, invitation.role, invitation.scope) == (
            FORM["email"],
            "owner",
            "Open Streets",
        )
        joined = select(CampaignOrganization.role).where(
            CampaignOrganization.organization_id.is_not(None)
        )
        assert db.session.scalars(joined).all() == ["partner"]
        page = read_group(slug)
        assert (page.line.locality, page.contact_name, page.contact_email) == (
            "Cambridge",
            "",
            None,
        )
        # The applicant accepts it: nobody is a member by an approval alone.
        assert db.session.scalars(select(RoleGrant.id)).all() == []
    assert ("organization.approved", "staff:1") in list_actions(app)


@pytest.mark.parametrize("email", ["ada@gmail.com", "ada@other.example"])
def test_an_address_elsewhere_needs_somebody_who_vouches(app: Flask, email: str) -> None:
    number = send_proved(app, email=email)

    with app.app_context():
        with pytest.raises(InvalidInput) as refused:
            approve(number, actor="staff:1")
        assert set(refused.value.problems) == {"because"}
        with pytest.raises(InvalidInput):
            approve(number, actor="staff:1", because="   ")
        assert approve(number, actor="staff:1", because=WHY)


def test_the_database_refuses_an_approval_without_a_proof_or_a_reason(app: Flask) -> None:
    send_proved(app, email="ada@gmail.com")
    decided = "decision = 'approved', decided_at = '2026-01-01 00:00:00', decided_by = 'staff:1'"

    with app.app_context():
        for statement in (
            f"UPDATE organization_applications SET {decided}",
            f"UPDATE organization_applications SET {decided.replace('approved', 'refused')}",
            "UPDATE organization_applications SET decision = 'approved', because = 'x'",
        ):
            with pytest.raises(IntegrityError), transaction() as session:
                session.execute(text(statement))


def test_the_database_refuses_each_change_of_state_that_is_not_listed(app: Flask) -> None:
    with app.app_context():
        for old in OrganizationState:
            for new in OrganizationState:
                with transaction() as session:
                    session.execute(text("DELETE FROM organizations"))
                    session.add(Organization(slug="group", name="Group", state=old))
                    session.flush()
                change = text("UPDATE organizations SET state = :new").bindparams(new=new.value)
                if new is old or new in ORGANIZATION_TRANSITIONS[old]:
                    with transaction() as session:
                        session.execute(change)
                else:
                    with pytest.raises(IntegrityError), transaction() as session:
                        session.execute(change)


def test_a_refusal_has_a_reason_and_may_be_corrected_with_one(app: Flask) -> None:
    number = send_proved(app)

    with app.app_context():
        with pytest.raises(InvalidInput):
            refuse(number, actor="staff:1", because=" ")
        refuse(number, actor="staff:1", because="It has no page.")
        with pytest.raises(AlreadyDecided):
            refuse(number, actor="staff:1", because="Again.")
        assert list_partners() == []
        with pytest.raises(InvalidInput):
            approve(number, actor="staff:1")
        approve(number, actor="staff:1", because="It has one by now.")
        assert len(list_partners()) == 1


def test_a_suspended_one_is_shown_nowhere_until_it_is_resumed(app: Flask) -> None:
    slug = make_approved(app)

    with app.app_context():
        with pytest.raises(InvalidInput):
            suspend(slug, actor="staff:1", because="")
        suspend(slug, actor="staff:1", because="It does not answer.")
        with pytest.raises(AlreadyDecided):
            suspend(slug, actor="staff:1", because="Twice.")
        assert list_partners() == []
        with pytest.raises(NotFound):
            read_group(slug)
        resume(slug, actor="staff:1", because="It answered.")
        assert len(list_partners()) == 1
        with pytest.raises(NotFound):
            suspend("none-such", actor="staff:1", because="x")


def test_of_two_approvals_at_once_one_succeeds_and_one_person_is_invited(app: Flask) -> None:
    number = send_proved(app)

    def decide(name: str) -> str:
        with app.app_context():
            try:
                return approve(number, actor=name, slug=f"streets-{name[-1]}")
            except AlreadyDecided:
                return ""

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(decide, [f"staff:{one}" for one in range(4)]))

    assert len([slug for slug in results if slug]) == 1
    with app.app_context():
        assert len(list_invitations()) == 1
    assert [name for name, _ in list_actions(app)].count("organization.approved") == 1


def test_one_link_sent_four_times_at_once_lists_one_organization(app: Flask) -> None:
    number = send(app)
    token = find_token(app, number)

    def prove(_: int) -> None:
        with app.app_context():
            prove_address(token)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(prove, range(4)))

    assert count(app, Organization) == 1


def test_two_groups_of_one_name_need_two_short_names(app: Flask) -> None:
    make_approved(app)
    second = send_proved(app)

    with app.app_context():
        with pytest.raises(InvalidInput) as refused:
            approve(second, actor="staff:1")
        assert set(refused.value.problems) == {"slug"}
        assert approve(second, actor="staff:1", slug="open-streets-ma") == "open-streets-ma"


@pytest.mark.parametrize(
    "slug", ["apply", "account", "login", "reset", "Not-A-Slug", "application-9", "a" * 61, "a--b"]
)
def test_a_short_name_of_our_own_pages_is_refused(app: Flask, slug: str) -> None:
    number = send_proved(app)

    with app.app_context(), pytest.raises(InvalidInput) as refused:
        approve(number, actor="staff:1", slug=slug)
    assert set(refused.value.problems) == {"slug"}
    with app.app_context(), pytest.raises(Exception, match="hyphens"):
        save_organization(OrganizationForm(slug, "Group"))


def test_applicants_take_no_short_name(app: Flask) -> None:
    """Whoever applies first as somebody else does not keep them from their name."""
    squatter = send_proved(app, email="mallory@gmail.com")
    real = send_proved(app)

    with app.app_context():
        refuse(squatter, actor="staff:1", because="It is not theirs.")
        assert approve(real, actor="staff:1") == "open-streets"


def test_a_link_that_is_forged_or_old_proves_nothing(app: Flask) -> None:
    number = send(app)
    token = find_token(app, number)
    with app.app_context():
        for bad in (
            "",
            "x",
            token[:-2] + "xx",
            make_account_token(AccountLink.APPLICATION, number, bytes(16)),
            make_account_token(AccountLink.APPLICATION, number + 1, bytes(16)),
            make_account_token(AccountLink.RESET, number, bytes(16)),
        ):
            for step in (look_at_application, prove_address):
                with pytest.raises(NotFound):
                    step(bad)
        with time_machine.travel(utcnow() + timedelta(days=8)), pytest.raises(NotFound):
            prove_address(token)
    assert count(app, Organization) == 0


def test_one_address_gets_three_mails_a_day_at_most(app: Flask) -> None:
    with app.app_context():
        form = read_application(FORM, [])
        assert [apply(form, "en") for _ in range(5)] == [True] * 3 + [False] * 2
    assert len(send_mails(app)) == 3


def test_applications_end(app: Flask) -> None:
    send(app)
    number = send_proved(app)
    with app.app_context():
        refuse(number, actor="staff:1", because=WHY)
        assert forget_applications() == 0
        with time_machine.travel(utcnow() + timedelta(days=8)):
            assert forget_applications() == 1
        with time_machine.travel(utcnow() + timedelta(days=366)):
            assert forget_applications() == 1
    assert count(app, OrganizationApplication) == count(app, AccountMail) == 0


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", " "),
        ("name", "\u200b"),
        ("url", "javascript:alert(1)"),
        ("contact_name", ""),
        ("email", "nobody"),
        ("email", "x" * 5_000 + "@a.example"),
        ("why", ""),
        ("why", "x" * 2_001),
        ("postal_code", "99999"),
        ("postal_code", ""),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_by_name(app: Flask, field: str, typed: str) -> None:
    with app.app_context(), pytest.raises(InvalidInput) as refused:
        read_application(FORM | {field: typed}, [])
    assert set(refused.value.problems) == {field}


def test_commands_decide_as_the_page_does(app: Flask) -> None:
    number = send_proved(app, email="ada@gmail.com")

    assert run(app, "partners", "approve", str(number)).exit_code == 1
    done = run(app, "partners", "approve", str(number), "--why", WHY, "--slug", "streets")
    assert done.exit_code == 0, done.output
    assert run(app, "partners", "suspend", "streets", "--why", "No answer.").exit_code == 0
    assert read_state(app) == ["suspended"]
    assert run(app, "partners", "resume", "streets", "--why", "It answered.").exit_code == 0
    assert "approved" in run(app, "partners", "list").output
    other = send_proved(app, name="Other")
    assert run(app, "partners", "refuse", str(other), "--why", "No page.").exit_code == 0
    assert read_state(app) == ["approved", "refused"]


def test_a_refused_applicant_reads_the_reason_that_staff_wrote(app: Flask) -> None:
    number = send_proved(app)
    before = len(send_mails(app))
    with app.app_context():
        refuse(number, actor="staff:1", because="We know <nobody> of your group.")

    mails = send_mails(app)[before:]

    assert [mail["To"] for mail in mails] == [FORM["email"]]
    assert "We know <nobody> of your group." in read_text(mails[0])
    page = mails[0].get_body(("html",))
    assert page is not None and "We know &lt;nobody&gt; of your group." in page.get_content()
    assert "\n" not in str(mails[0]["Subject"])


def test_whoever_is_approved_before_the_refusal_is_sent_reads_none(app: Flask) -> None:
    number = send_proved(app)
    before = len(send_mails(app))
    with app.app_context():
        refuse(number, actor="staff:1", because="No.")
        approve(number, actor="staff:1", because=WHY)

    subjects = [str(mail["Subject"]) for mail in send_mails(app)[before:]]

    assert subjects and not any("not accepted" in subject for subject in subjects)
