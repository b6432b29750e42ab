"""Attention: what waits for a person, a card for each cause, and what staff do with a card.

- Whoever is signed in sees the cards that their roles and campaigns allow. A change is a POST with
  the form's token; refused, the page is shown again with what was typed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from markupsafe import Markup

from petition.accounts.permissions import Permission
from petition.attention.attention_digests import switch_digest
from petition.attention.cards import Card, list_cards, may_act, may_see
from petition.attention.cause_acts import (
    HOURS,
    CauseChanged,
    add_note,
    assign,
    choose_assignees,
    defer,
    get_cause,
    list_staff_accounts,
    resume_lane,
    resume_pause,
)
from petition.attention.cause_words import count_cause
from petition.attention.causes import MOST_COUNTED
from petition.attention.stored_causes import FRESH, read_refreshed_at, refresh_causes
from petition.core.clock import utcnow
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, UserError
from petition.core.extensions import db
from petition.error_messages.description import describe_error, describe_fields
from petition.models import AttentionCause
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import allows, ask_for_proof, get_actor, requires_sign_in
from petition.web.portals.session_checks import is_recent
from petition.web.staff.pages import blueprint

WHOSE = {"all": "all", "mine": "mine", "nobody": "unassigned"}
# The page of each source's rows, with its query; and what opens it, for the whole service.
LINKS: Mapping[str, tuple[str, Mapping[str, str], Permission]] = {
    **{
        name: ("staff.list_all", {"state": state}, Permission.DELIVERIES_READ)
        for name, state in {
            "unknown": "unknown",
            "failed": "failed",
            "bounced": "bounced",
            "vacant": "held",
            "no-address": "held",
            "held": "held",
            "held-by-staff": "held",
            "unprepared": "retry_wait",
        }.items()
    },
    "hundreds": ("staff.list_milestones", {}, Permission.MILESTONES_READ),
    "review": ("staff.list_review", {}, Permission.REVIEW_LIST),
    "comments": ("staff.list_words", {}, Permission.COMMENTS_READ),
    "applications": ("staff.list_groups", {}, Permission.ORGANIZATIONS_APPROVE),
    "organization-changes": ("staff.list_groups", {}, Permission.ORGANIZATIONS_APPROVE),
    "withdrawals": ("staff.list_groups", {}, Permission.ORGANIZATIONS_APPROVE),
}
LINK_WORDS = {
    "unknown": "Go to these letters",
    "failed": "Go to these letters",
    "bounced": "Go to these letters",
    "vacant": "Go to these letters",
    "no-address": "Go to these letters",
    "held": "Go to these letters",
    "held-by-staff": "Go to these letters",
    "unprepared": "Go to these letters",
    "hundreds": "Check the hundreds",
    "review": "Place the signatures",
    "comments": "Read the comments",
    "applications": "Go to the applications",
    "organization-changes": "Go to the changes",
    "withdrawals": "Go to the organizations",
}
FILTERED = ("staff.list_all", "staff.list_words")  # by campaign


@dataclass(frozen=True, slots=True)
class RefusedAct:
    """An act that was refused: of which card, which one, the message and its field."""

    cause_id: int
    act: str
    message: str
    status: int
    field: str = ""


@blueprint.app_template_filter("commands")
def mark_commands(words: str) -> Markup:
    """Return words with each command between backquotes as code."""
    parts = words.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(parts)
    )


@blueprint.get("/attention")
@requires_sign_in
def list_causes() -> ResponseReturnValue:
    """Show the cards that this account may see."""
    return _show()


@blueprint.post("/account/digest")
@requires_sign_in
def choose_digest() -> ResponseReturnValue:
    """Switch one's own e-mails about what waits on (``on``: 1) or off."""
    on = request.form.get("on") == "1"
    switch_digest(current_user.id, on, actor=get_actor())
    flash("You will get these e-mails." if on else "You will no longer get these e-mails.")
    return redirect(url_for("staff.show_account"), 303)


@blueprint.post(f"/attention/<int(max={LARGEST_ID}):cause_id>")
@requires_sign_in
def act_on_cause(cause_id: int) -> ResponseReturnValue:
    """Take, give, defer, note or resume; what is paused for all campaigns, with a recent proof.

    - ``do``: ``take``, ``give`` (``whom``, an account's id or empty), ``defer`` (``hours``, 0: not
      any more), ``note`` (``note``) or ``resume`` (``why``). ``version``: that of the page.
    """
    cause = get_cause(cause_id)
    # Read once: an act ends the transaction.
    able, seen = may_act(current_user.roles, cause), may_see(current_user.roles, cause)
    if not (able and seen):
        abort(403)
    what = request.form.get("do", "")
    act = ACTS.get(what)
    if act is None:
        abort(400)
    if what == "resume" and cause.name == "paused" and cause.campaign_id is None:
        if not is_recent():  # it starts the letters of every campaign
            return ask_for_proof(url_for("staff.list_causes"))
    try:
        flash(act(cause, _read_number("version")))
    except InvalidInput as error:
        field, words = next(iter(describe_fields(error).items()))
        return _show(RefusedAct(cause_id, what, words, error.status, field))
    except CauseChanged as error:
        return _show(RefusedAct(cause_id, what, describe_error(error), error.status))
    except UserError as error:
        return _show(RefusedAct(cause_id, what, describe_error(error), error.status))
    return redirect(url_for("staff.list_causes", whose=_read_whose() or None), 303)


def _take(cause: AttentionCause, version: int) -> str:
    assign(cause.id, current_user.id, version, actor=get_actor())
    return "Assigned to you."


def _give(cause: AttentionCause, version: int) -> str:
    whom = request.form.get("whom", "")
    assign(cause.id, _read_number("whom") if whom else None, version, actor=get_actor())
    return "Assigned." if whom else "No longer assigned to anyone."


def _defer(cause: AttentionCause, version: int) -> str:
    hours = _read_number("hours")
    defer(cause.id, hours, version, actor=get_actor())
    if not hours:
        return "No longer deferred."
    return f"Deferred for {_tell_hours(hours)}, or until it grows."


def _note(cause: AttentionCause, version: int) -> str:
    add_note(cause.id, request.form.get("note", ""), actor=get_actor())
    return "The note is saved."


def _resume(cause: AttentionCause, version: int) -> str:
    name, subject = cause.name, cause.subject
    why, actor = request.form.get("why", ""), get_actor()
    if name == "paused":
        whole = allows(Permission.CAMPAIGNS_EDIT)
        number = resume_pause(cause.id, why, actor=actor, for_service=whole)
    else:
        number = resume_lane(cause.id, why, actor=actor)
    refresh_causes(timedelta(0))
    waited = count_cause(name, subject, number, MOST_COUNTED)
    return f"Resumed: {waited}, and each is sent once."


ACTS: Mapping[str, Callable[[AttentionCause, int], str]] = {
    "take": _take,
    "give": _give,
    "defer": _defer,
    "note": _note,
    "resume": _resume,
}


def _show(refused: RefusedAct | None = None) -> Response:
    refresh_causes(FRESH)
    cards = list_cards(db.session(), current_user.roles)
    whose = _read_whose()
    shown = [card for card in cards if _is_of(card, whose)]
    accounts = list_staff_accounts()
    page = render_template(
        "staff/attention.html",
        cards=[card for card in shown if card.deferred_until is None],
        deferred=[card for card in shown if card.deferred_until is not None],
        total=len(cards),
        whose=whose,
        choices=WHOSE,
        refused=refused,
        refused_elsewhere=refused and refused.cause_id not in {card.id for card in shown},
        typed=request.form,
        links={card.id: _find_link(card) for card in shown},
        may_stop_all=allows(Permission.CAMPAIGNS_EDIT),
        link_words=LINK_WORDS,
        assignees={
            card.id: choose_assignees(accounts, card.name, card.campaign_id)
            for card in shown
            if card.may_act
        },
        hours={hours: _tell_hours(hours) for hours in HOURS},
        tell_age=tell_age,
        tell_trace=tell_trace,
        read_at=read_refreshed_at(db.session()),
    )
    return make_response(page, refused.status if refused else 200)


def _is_of(card: Card, whose: str) -> bool:
    if whose == "mine":
        return bool(card.assigned_to == current_user.id)
    return card.assigned_to is None if whose == "nobody" else True


def _find_link(card: Card) -> str:
    """Return the address of the page of a card's rows; empty where this account may not open it."""
    if card.name not in LINKS:
        return ""
    endpoint, query, permission = LINKS[card.name]
    if not allows(permission):
        return ""
    asked: dict[str, Any] = dict(query)
    if card.campaign and endpoint in FILTERED:
        asked["campaign"] = card.campaign
    return url_for(endpoint, **asked)


def _read_whose() -> str:
    asked = request.values.get("whose", "")
    return asked if asked in WHOSE and asked != "all" else ""


def _read_number(name: str) -> int:
    """Return a number of the form; -1, which is never one, for anything else."""
    number = read_whole(request.form.get(name, ""), LARGEST_ID)
    return -1 if number is None else number


def tell_age(card: Card) -> str:
    """Return for how long the oldest has waited, in words."""
    seconds = max(0, int((utcnow() - card.since).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return "less than a minute"


def _tell_hours(hours: int) -> str:
    if hours >= 24:
        days = hours // 24
        return "a day" if days == 1 else f"{days} days"
    return "an hour" if hours == 1 else f"{hours} hours"


def tell_trace(action: str, detail: Mapping[str, Any], other: str) -> str:
    """Return one event of a cause as a sentence."""
    if action == "attention.assigned":
        return f"Assigned to {other}." if other else "Assigned to no one."
    if action == "attention.deferred":
        hours = detail.get("hours")
        return f"Deferred for {_tell_hours(hours)}." if hours else "No longer deferred."
    if action == "attention.grown":
        return f"It grew to {detail.get('number')}, and is no longer deferred."
    if action == "attention.ended":
        return f"It ended; it was assigned to {other}." if other else "It ended."
    return "Note:"
