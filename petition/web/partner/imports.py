"""An organization brings a list of signatures: upload, choose the columns, follow it, undo it.

All of it needs a recent proof of who it is. What these pages say is the same whoever has signed
before (petition/bulk/uploads/upload_list.py).
"""

from flask import (
    Flask,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user

from petition.accounts.permissions import Permission
from petition.bulk.uploads.upload_choice import LARGEST_PROOF_BYTES
from petition.bulk.uploads.upload_fields import list_fields, list_open_campaigns
from petition.bulk.uploads.upload_file import LARGEST_LIST
from petition.bulk.uploads.upload_list import (
    DRAFT,
    UploadLine,
    get_draft,
    get_upload,
    list_uploads,
    read_refused,
)
from petition.bulk.uploads.upload_problems import UploadProblem
from petition.bulk.uploads.upload_requests import (
    begin_upload,
    discard_upload,
    receive_list,
    undo_upload,
)
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, Problem, UserError
from petition.core.extensions import db
from petition.error_messages.description import describe_error, describe_fields, describe_wait
from petition.models import ConsentPurpose
from petition.partners.profile.own_groups import OwnGroup
from petition.signers.staff_requests.held_campaigns import CampaignHeld
from petition.web.forms import allow_long_form
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import is_signed_in, requires_recent

ONE = f"/<slug:slug>/imports/<int(max={LARGEST_ID}):number>"
# Bytes of a form beside its file. werkzeug counts the part of the file that it has in memory too.
BESIDE = 64 * 1024
IN_MEMORY = 512 * 1024
LABELS = {
    "given_name": "First name, or full name",
    "family_name": "Last name",
    "email": "E-mail address",
    "street_address": "Street address",
    "locality": "City or town",
    "region": "State",
    "postal_code": "ZIP code",
    "comment": "Comment",
    "signed_at": "Day of signing",
    "publish_comment": "May publish the comment",
    "show_name": "May show the name",
    "notify": "Wants news of the letter",
    "tell_successor": "Wants to hear of the next letter",
}
CONSENTS = {
    ConsentPurpose.UPDATES.value: "Wants your news by e-mail",
    ConsentPurpose.CONTACT.value: "May be contacted by you here",
}


def init_app(app: Flask) -> None:
    """Let members who are signed in send longer forms to these pages, before any form is read."""
    files = {"upload_list": LARGEST_LIST, "begin_import": LARGEST_PROOF_BYTES}
    for view, most in files.items():
        allow_long_form(app, f"partner.{view}", is_signed_in, body=most + BESIDE, texts=IN_MEMORY)


@blueprint.get("/<slug:slug>/imports")
@of_organization(Permission.PEOPLE_IMPORT)
@requires_recent
def list_group_imports(group: OwnGroup) -> ResponseReturnValue:
    """Show the form, and what was imported."""
    return _show(group, {})


@blueprint.post("/<slug:slug>/imports")
@of_organization(Permission.PEOPLE_IMPORT)
@requires_recent
def upload_list(group: OwnGroup) -> ResponseReturnValue:
    """Store a file, and lead to the choice of its columns."""
    sent = request.files.get("file")
    campaign = request.form.get("campaign", "")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput({"file": Problem(UploadProblem.FILE_MISSING)})
        number = receive_list(group.id, current_user.id, campaign, sent.filename, sent.stream)
    except InvalidInput as refused:
        return _show(group, describe_fields(refused)), refused.status
    except UserError as refused:
        return _show(group, {"all": describe_error(refused)}), 409
    return redirect(url_for("partner.show_import", slug=group.slug, number=number), 303)


@blueprint.get(ONE)
@of_organization(Permission.PEOPLE_IMPORT)
@requires_recent
def show_import(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Show the choice of columns, or how far an import is."""
    return _show_one(group, number, {})


@blueprint.get(f"{ONE}/progress")
@of_organization(Permission.PEOPLE_IMPORT)
def read_import_progress(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Return how far an import is: ``state``, ``told_rows``, ``rows``, ``words``."""
    found = get_upload(group.id, number)
    return jsonify(
        state=found.state, told_rows=found.told_rows, rows=found.rows, words=_tell(found)
    )


@blueprint.post(f"{ONE}/start")
@of_organization(Permission.PEOPLE_IMPORT)
@requires_recent
def begin_import(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Begin the import with the chosen columns and the proof."""
    sent = request.files.get("proof")
    proof = sent.stream.read(LARGEST_PROOF_BYTES + 1) if sent else b""
    try:
        begin_upload(group.id, current_user.id, number, request.form, proof)
    except InvalidInput as refused:
        return _show_one(group, number, describe_fields(refused)), refused.status
    except UserError as refused:
        if refused.status == 404:
            raise
        return _show_one(group, number, {"all": describe_error(refused)}), 409
    return redirect(url_for("partner.show_import", slug=group.slug, number=number), 303)


@blueprint.post(f"{ONE}/discard")
@of_organization(Permission.PEOPLE_IMPORT)
@requires_recent
def discard_import(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Delete a list that was not begun."""
    try:
        discard_upload(group.id, number)
    except CampaignHeld as refused:
        return _show_one(group, number, {"all": describe_error(refused)}), refused.status
    flash("The list was deleted. Nothing of it was imported.")
    return redirect(url_for("partner.list_group_imports", slug=group.slug), 303)


@blueprint.post(f"{ONE}/undo")
@of_organization(Permission.PEOPLE_IMPORT)
@requires_recent
def undo_import(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Take an import back."""
    try:
        undo_upload(group.id, current_user.id, number)
    except UserError as refused:
        if refused.status == 404:
            raise
        return _show_one(group, number, {"all": describe_error(refused)}), 409
    return redirect(url_for("partner.show_import", slug=group.slug, number=number), 303)


@blueprint.get(f"{ONE}/refused.csv")
@of_organization(Permission.PEOPLE_IMPORT)
@requires_recent
def download_refused(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Give out the rows whose form is wrong, each with its reason."""
    pieces = read_refused(group.id, number)
    answer = Response(stream_with_context(pieces), content_type="text/csv; charset=utf-8")
    name = f"refused-rows-{number}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _show(group: OwnGroup, wrong: dict[str, str]) -> str:
    return render_template(
        "partner/imports.html",
        group=group,
        uploads=list_uploads(group.id),
        campaigns=list_open_campaigns(group.id),
        most=LARGEST_LIST // 1_000_000,
        typed=request.form.get("campaign", ""),
        wrong=wrong,
    )


def _show_one(group: OwnGroup, number: int, wrong: dict[str, str]) -> str:
    found = get_upload(group.id, number)
    if found.state != DRAFT:
        return render_template(
            "partner/import.html", group=group, upload=found, words=_tell(found), wrong=wrong
        )
    draft = get_draft(group.id, number)
    fields = list_fields(db.session(), group.id, draft.campaign_id)
    chosen = {field: str(at) for field, at in draft.columns.items()}
    if request.method == "POST":
        chosen = {field: request.form.get(f"column_{field}", "") for field in fields}
    return render_template(
        "partner/import_columns.html",
        group=group,
        upload=found,
        draft=draft,
        fields=[(field, _label(field)) for field in fields],
        chosen=chosen,
        typed=request.form,
        most=LARGEST_PROOF_BYTES // 1_000_000,
        wrong=wrong,
    )


def _label(field: str) -> str:
    if field in LABELS:
        return LABELS[field]
    purpose = field.split("_")[1]
    return CONSENTS.get(purpose, f"Agreed to: {purpose}")


def _tell(found: UploadLine) -> str:
    if found.state != "running":
        return "Waiting for its turn"
    if not found.seconds_left:
        return "Almost done"
    rows = f"{found.told_rows:,} of about {found.rows:,} rows"
    return f"{rows}, about {describe_wait(found.seconds_left)} left"
