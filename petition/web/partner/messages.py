"""Messages to people who allowed it: written, counted, tried out, sent, paused and stopped."""

from collections.abc import Mapping

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from petition.accounts.permissions import Permission
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput
from petition.core.extensions import db, get_settings
from petition.error_messages.description import describe_error, describe_fields
from petition.models import AnswersTo, Organization, RelayState
from petition.models.outgoing.relay import LONGEST_BODY, LONGEST_SUBJECT
from petition.notifications.relayed.relay_kind import make_sample
from petition.notifications.relayed.relay_mail import RelayPreview, preview_relay
from petition.partners.profile.own_groups import OwnGroup
from petition.partners.relay.audience import Audience, count_people
from petition.partners.relay.drafts import (
    DraftForm,
    RelayRefused,
    delete_draft,
    find_message,
    save_draft,
)
from petition.partners.relay.message_list import (
    MessageLine,
    find_line,
    list_campaigns,
    list_messages,
)
from petition.partners.relay.sending import (
    pause_message,
    resume_message,
    send_test,
    start_sending,
    stop_message,
)
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import get_actor
from petition.web.portals.session_checks import is_recent

_ONE = f"/<slug:slug>/messages/<int(max={LARGEST_ID}):number>"
TITLES = {
    "sent": "sent",
    "waiting": "waiting",
    "unknown": "may have arrived",
    "refused": "refused by the mail server",
    "left": "not sent",
}
DONE = {
    "pause": "Paused. No one is written to until you go on.",
    "resume": "It goes on.",
    "stop": "Stopped. No one else is written to.",
}


@blueprint.get("/<slug:slug>/messages")
@of_organization(Permission.PEOPLE_WRITE)
def list_group_messages(group: OwnGroup) -> ResponseReturnValue:
    """Show the organization's messages with how many people got each."""
    lines = list_messages(group.id)
    everyone = count_people(db.session(), Audience(group.id, "contact"))
    return render_template(
        "partner/messages.html",
        group=group,
        lines=lines,
        everyone=everyone,
        titles=TITLES,
        days=get_settings().relay.days_between,
    )


@blueprint.get("/<slug:slug>/messages/new")
@of_organization(Permission.PEOPLE_WRITE)
def write_message(group: OwnGroup) -> ResponseReturnValue:
    """Show the empty form."""
    return _show_form(group, {"answers_to": AnswersTo.CONTACT.value}, {})


@blueprint.post("/<slug:slug>/messages/new")
@of_organization(Permission.PEOPLE_WRITE)
def save_new_message(group: OwnGroup) -> ResponseReturnValue:
    """Keep a new draft, and show it."""
    return _save(group, None)


@blueprint.get(f"{_ONE}/edit")
@of_organization(Permission.PEOPLE_WRITE)
def edit_message(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Show the form of a draft."""
    line = _find(group, number)
    if line.state != RelayState.DRAFT:
        return redirect(_locate(group, number), 303)
    typed = {
        "subject": line.subject,
        "body": line.body,
        "campaign": str(line.campaign_id or ""),
        "since": line.since.date().isoformat() if line.since else "",
        "answers_to": line.answers_to,
    }
    return _show_form(group, typed, {}, number)


@blueprint.post(f"{_ONE}/edit")
@of_organization(Permission.PEOPLE_WRITE)
def save_message(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Keep the changes of a draft."""
    return _save(group, number)


@blueprint.get(_ONE)
@of_organization(Permission.PEOPLE_WRITE)
def show_message(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Show a message as it will look, with what may be done, or how far it is."""
    return _show(group, number)


@blueprint.get(f"{_ONE}/progress")
@of_organization(Permission.PEOPLE_WRITE)
def tell_progress(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Return the state and the counts as JSON, for the page's script."""
    line = _find(group, number)
    return jsonify(state=line.state, people=line.people, counts=line.counts)


@blueprint.post(f"{_ONE}/test")
@of_organization(Permission.PEOPLE_WRITE)
def test_message(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Send a test to the address of the account."""
    try:
        send_test(group.id, current_user.id, number)
    except RelayRefused as refused:
        return _show(group, number, describe_error(refused), refused.status)
    flash(f"A test is on its way to {current_user.email}.")
    return redirect(_locate(group, number), 303)


@blueprint.post(f"{_ONE}/send")
@of_organization(Permission.PEOPLE_WRITE)
def send_message(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Begin to send a draft, as it was seen; asks for a recent proof first."""
    if not is_recent():
        return redirect(url_for("partner.prove", next=_locate(group, number)))
    try:
        people = start_sending(group.id, current_user.id, number, seen=request.form.get("seen", ""))
    except RelayRefused as refused:
        return _show(group, number, describe_error(refused), refused.status)
    flash(f"It is being sent to {people:,} {'person' if people == 1 else 'people'}.")
    return redirect(_locate(group, number), 303)


@blueprint.post(f"{_ONE}/<any(pause, resume, stop):what>")
@of_organization(Permission.PEOPLE_WRITE)
def change_message(group: OwnGroup, number: int, what: str) -> ResponseReturnValue:
    """Pause a message, go on with it, or stop it."""
    try:
        if what == "pause":
            pause_message(group.id, number, get_actor())
        elif what == "resume":
            resume_message(group.id, current_user.id, number)
        else:
            stop_message(group.id, number, get_actor())
    except RelayRefused as refused:
        return _show(group, number, describe_error(refused), refused.status)
    flash(DONE[what])
    return redirect(_locate(group, number), 303)


@blueprint.post(f"{_ONE}/delete")
@of_organization(Permission.PEOPLE_WRITE)
def delete_message(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Delete a draft."""
    try:
        delete_draft(group.id, current_user.id, number)
    except RelayRefused as refused:
        return _show(group, number, describe_error(refused), refused.status)
    flash("Deleted.")
    return redirect(url_for("partner.list_group_messages", slug=group.slug), 303)


def _find(group: OwnGroup, number: int) -> MessageLine:
    line = find_line(group.id, number)
    if line is None:
        abort(404)
    return line


def _locate(group: OwnGroup, number: int) -> str:
    return url_for("partner.show_message", slug=group.slug, number=number)


def _save(group: OwnGroup, number: int | None) -> ResponseReturnValue:
    names = ("subject", "body", "campaign", "since")
    typed = {name: request.form.get(name, "") for name in names}
    typed["answers_to"] = request.form.get("answers_to", "") or AnswersTo.CONTACT.value
    try:
        saved = save_draft(group.id, current_user.id, DraftForm(**typed), number)
    except InvalidInput as refused:
        return _show_form(group, typed, describe_fields(refused), number), refused.status
    except RelayRefused as refused:
        return (
            _show_form(group, typed, {"all": describe_error(refused)}, number),
            refused.status,
        )
    return redirect(_locate(group, saved), 303)


def _show_form(
    group: OwnGroup, typed: Mapping[str, str], wrong: Mapping[str, str], number: int | None = None
) -> str:
    return render_template(
        "partner/message_form.html",
        group=group,
        typed=typed,
        wrong=wrong,
        number=number,
        campaigns=list_campaigns(group.id),
        contact=db.session.get_one(Organization, group.id).contact_email,
        longest_subject=LONGEST_SUBJECT,
        longest_body=LONGEST_BODY,
    )


def _show(group: OwnGroup, number: int, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    line = _find(group, number)
    audience = Audience(group.id, "contact", line.campaign_id, line.since)
    would = count_people(db.session(), audience) if line.state == RelayState.DRAFT else None
    page = render_template(
        "partner/message.html",
        group=group,
        line=line,
        would=would,
        preview=_preview(group, line),
        titles=TITLES,
        wrong=wrong,
        days=get_settings().relay.days_between,
        a_day=get_settings().relay.messages_a_day,
    )
    return page, status


def _preview(group: OwnGroup, line: MessageLine) -> RelayPreview:
    session = db.session()
    message = find_message(session, group.id, line.id)
    organization = session.get_one(Organization, group.id)
    sender = line.sender or current_user.email
    return preview_relay(make_sample(session, message, organization, sender))
