"""Moderation of signers' comments, shown with their letter and without names: allow or strike."""

from collections.abc import Mapping

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from petition.accounts.permissions import Permission
from petition.comments.comment_decisions import CommentChanged, DecidedComment, decide
from petition.comments.comment_list import MOST_COUNTED, PAGE, count_waiting, list_comments
from petition.comments.comment_problems import CommentProblem
from petition.core.columns import LARGEST_BIG_ID
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db
from petition.error_messages.description import describe_error, describe_fields
from petition.models import Campaign, CommentState
from petition.models.campaigns.campaign import SLUG
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import find_scope, requires_somewhere

# The lists: title, state, and whether the letter has been sent (None: both).
LISTS: Mapping[str, tuple[str, CommentState, bool | None]] = {
    "waiting": ("to read", CommentState.WAITING, False),
    "late": ("unread, letter sent", CommentState.WAITING, True),
    "allowed": ("allowed", CommentState.ALLOWED, None),
    "struck": ("struck", CommentState.STRUCK, None),
}
VERDICTS = {"allow": CommentState.ALLOWED, "strike": CommentState.STRUCK}
FOUND = {
    "email": "e-mail address",
    "link": "link or account",
    "phone": "phone or long number",
    "word": "listed word",
}
LAST_PAGE = 100_000


@blueprint.app_template_global("count_comments")
def count_comments() -> str:
    """Return the number beside "Comments" in the portal; empty for none.

    - Also used on the page for an unavailable database, where it is empty.
    """
    try:
        number = count_waiting(MOST_COUNTED, find_scope(Permission.COMMENTS_READ))
    except (DBAPIError, PoolTimeout):
        db.session.rollback()
        return ""
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number or "")


@blueprint.get("/comments")
@requires_somewhere(Permission.COMMENTS_READ)
def list_words() -> ResponseReturnValue:
    """Show the comments that the query selects; by default those that await moderation."""
    return _show(request.args)


@blueprint.post("/comments")
@requires_somewhere(Permission.COMMENTS_DECIDE)
def decide_words() -> ResponseReturnValue:
    """Allow or strike the ticked comments, and identical ones in the same campaign."""
    form = request.form
    try:
        verdict = VERDICTS.get(form.get("verdict", ""), CommentState.WAITING)
        seen = _read_ticks(form.getlist("tick"))
        done = decide(
            list(seen),
            verdict,
            get_actor(),
            form.get("why", ""),
            same=True,
            seen=seen,
            within=find_scope(Permission.COMMENTS_DECIDE),
        )
    except InvalidInput as refused:
        return _show(form, " ".join(describe_fields(refused).values()), refused.status)
    except (CommentChanged, NotFound) as refused:
        return _show(form, f"{describe_error(refused)} Nothing was changed.", refused.status)
    flash(_tell(done, verdict))
    query = _read_query(form)
    back = url_for("staff.list_words", show=query.get("show"), campaign=query.get("campaign"))
    return redirect(back, 303)


def _show(asked: Mapping[str, str], refused: str = "", status: int = 200) -> Response:
    query = _read_query(asked)
    _, state, gone = LISTS[query.get("show", "waiting")]
    number, scope = _read_number(asked.get("page", "")), find_scope(Permission.COMMENTS_READ)
    page = render_template(
        "staff/comments.html",
        lists=LISTS,
        shown=query.get("show", "waiting"),
        campaign=query.get("campaign", ""),
        campaigns=db.session.execute(
            select(Campaign.slug, Campaign.title)
            .where(true() if scope is None else Campaign.id.in_(scope))
            .order_by(Campaign.id)
        ).all(),
        page=list_comments(
            state, query.get("campaign"), gone=gone, page=number, size=PAGE, within=scope
        ),
        number=number,
        size=PAGE,
        query=query,
        found=FOUND,
        refused=refused,
        ticked=set(request.form.getlist("tick")),
        why=request.form.get("why", ""),
    )
    return make_response(page, status)


def _read_query(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that select the list, without invalid ones."""
    query = {}
    if asked.get("show") in LISTS:
        query["show"] = asked["show"]
    slug = asked.get("campaign", "")
    if SLUG.fullmatch(slug) and db.session.scalar(select(Campaign.id).where(Campaign.slug == slug)):
        query["campaign"] = slug
    return query


def _read_number(text: str) -> int:
    return read_whole(text, LAST_PAGE) or 1


def _read_ticks(ticks: list[str]) -> dict[int, str]:
    """Return the digest of the comment shown for each ticked signature; raises InvalidInput."""
    seen = {}
    for tick in ticks:
        typed, _, mark = tick.partition("-")
        number = read_whole(typed, LARGEST_BIG_ID)
        if number is None:
            raise InvalidInput({"tick": Problem(CommentProblem.NONE_TICKED)})
        seen[number] = mark
    return seen


def _tell(done: DecidedComment, verdict: CommentState) -> str:
    number = len(done.ids)
    words = "One signer's comment is" if number == 1 else f"The comments of {number:,} signers are"
    told = f"{words} {verdict}."
    if not number:
        told = f"They were already {verdict}."
    if done.gone:
        told += (
            f" For {len(done.gone):,} of them a letter was already being sent, and stays as it "
            "is; the decision applies to later letters."
        )
    return told
