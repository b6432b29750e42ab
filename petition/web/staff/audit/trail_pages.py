"""The audit trail: who did what to which row, newest first, its head, and files of it.

- A file needs a recent proof, and that one was taken is an event.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, AnyStr

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.audit.chain.event_chain import count_unchained, read_head
from petition.audit.trail import record
from petition.audit.trail_search import (
    PAGE,
    find_archived_upto,
    list_subjects,
    search_trail,
    write_trail_csv,
    write_trail_lines,
)
from petition.core.clock import utcnow
from petition.core.columns import LARGEST_ID
from petition.core.extensions import transaction
from petition.health.audit_chain.chain_watch import read_verified
from petition.health.audit_chain.chain_words import describe_break
from petition.web.portals.guards import get_actor, requires, requires_recent
from petition.web.staff.actor_names import name_actors
from petition.web.staff.audit.trail_query import TrailQuery, read_query
from petition.web.staff.pages import blueprint

# The page of a row, by its subject.
PAGES: Mapping[str, tuple[str, str]] = {
    "delivery": ("staff.show_one", "delivery_id"),
    "milestone": ("staff.show_milestone", "milestone_id"),
}


@blueprint.get("/audit")
@requires(Permission.SETTINGS_MANAGE)
def list_trail() -> ResponseReturnValue:
    """Show the events that match the filters in the address, the newest first."""
    asked = read_query(request.args)
    found = search_trail(asked.ask(), asked.before, PAGE + 1)
    verified = read_verified()
    return render_template(
        "staff/audit.html",
        asked=asked,
        events=found[:PAGE],
        following=found[PAGE - 1].id if len(found) > PAGE else None,
        subjects=list_subjects(),
        names=name_actors({event.actor for event in found}),
        pages=PAGES,
        largest=LARGEST_ID,
        write_detail=write_detail,
        head=read_head(),
        unchained=count_unchained(),
        verified=verified,
        breach=describe_break(verified.breach) if verified and verified.breach else "",
        archived=find_archived_upto(),
    )


@blueprint.get("/audit.csv")
@requires(Permission.SETTINGS_MANAGE)
@requires_recent
def export_trail_csv() -> ResponseReturnValue:
    """Return the events that match as CSV, written while it is read."""
    asked = read_query(request.args)
    return _send(asked, "csv", "text/csv", write_trail_csv(asked.ask()))


@blueprint.get("/audit.jsonl")
@requires(Permission.SETTINGS_MANAGE)
@requires_recent
def export_trail_lines() -> ResponseReturnValue:
    """Return the events that match as JSON lines, as the chain hashes them."""
    asked = read_query(request.args)
    return _send(asked, "jsonl", "application/x-ndjson", write_trail_lines(asked.ask()))


def _send(asked: TrailQuery, suffix: str, media_type: str, content: Iterator[AnyStr]) -> Response:
    with transaction() as session:
        detail = {"format": suffix, **asked.values}
        record(session, "audit.exported", "service", 0, actor=get_actor(), detail=detail)
    response = Response(stream_with_context(content), content_type=media_type)
    name = f"audit-{utcnow():%Y-%m-%d}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def write_detail(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the details of an event as names and words."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in detail.items()
    ]
