"""An organization takes its list with it: ask, follow the preparation, download once.

All of it needs a recent proof of who it is, and so does confirming that people were removed.
"""

from flask import (
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
from petition.core.columns import LARGEST_ID
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.error_messages.description import describe_error, describe_fields
from petition.models import ConsentPurpose, ExportFormat
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_download import (
    DownloadRefused,
    count_gone,
    open_download,
    write_file,
)
from petition.partners.exports.export_list import ExportLine, list_campaigns, list_exports
from petition.partners.exports.export_problems import ExportProblem
from petition.partners.exports.export_requests import ExportWish, ask_for_export
from petition.partners.feed.applied_changes import acknowledge, find_owed, list_owed
from petition.partners.people.person_ids import name_consent
from petition.partners.profile.own_groups import OwnGroup
from petition.validation.whole_numbers import read_whole
from petition.web.partner.organization_guard import of_organization
from petition.web.partner.pages import blueprint
from petition.web.portals.guards import requires_recent

PURPOSES = {
    ConsentPurpose.UPDATES: "People who want your news: name, town and e-mail address",
    ConsentPurpose.CONTACT: "People whom you may contact here: first name, initial and town",
}
SHORT_PURPOSES = {
    ConsentPurpose.UPDATES: "who want your news",
    ConsentPurpose.CONTACT: "whom you may contact here",
}
FORMATS = {
    ExportFormat.CSV: "CSV, for spreadsheets",
    ExportFormat.JSON_LINES: "JSON lines, for programs",
}
LONGEST_TYPED = 100
# People to be removed who are listed on one page; the next follow once these are confirmed.
MOST_OWED = 500


@blueprint.get("/<slug:slug>/exports")
@of_organization(Permission.PEOPLE_EXPORT)
@requires_recent
def list_group_exports(group: OwnGroup) -> ResponseReturnValue:
    """Show the form, whom to remove, and what was exported."""
    return _show(group, {})


@blueprint.post("/<slug:slug>/exports")
@of_organization(Permission.PEOPLE_EXPORT)
@requires_recent
def ask_group_export(group: OwnGroup) -> ResponseReturnValue:
    """Ask for a list."""
    try:
        export_id = ask_for_export(group.id, ExportAsker(user_id=current_user.id), _read_wish())
    except InvalidInput as refused:
        return _show(group, describe_fields(refused)), refused.status
    except UserError as refused:
        return _show(group, {"all": describe_error(refused)}), 409
    return redirect(url_for("partner.show_group_export", slug=group.slug, number=export_id), 303)


@blueprint.get(f"/<slug:slug>/exports/<int(max={LARGEST_ID}):number>")
@of_organization(Permission.PEOPLE_EXPORT)
@requires_recent
def show_group_export(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Show how far an export is, and its button once it is ready."""
    return _show_one(group, number)


@blueprint.get(f"/<slug:slug>/exports/<int(max={LARGEST_ID}):number>/progress")
@of_organization(Permission.PEOPLE_EXPORT)
def read_export_progress(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Return how far an export is: ``state``, ``counted``, ``total`` (null at first)."""
    found = _find(group, number)
    return jsonify(state=found.state, counted=found.counted, total=found.total)


@blueprint.post(f"/<slug:slug>/exports/<int(max={LARGEST_ID}):number>/file")
@of_organization(Permission.PEOPLE_EXPORT)
@requires_recent
def download_export(group: OwnGroup, number: int) -> ResponseReturnValue:
    """Give the file out, as it is at this moment."""
    try:
        download = open_download(group.id, number, ExportAsker(user_id=current_user.id))
    except DownloadRefused as refused:
        return _show_one(group, number, describe_error(refused)), refused.status
    answer = Response(stream_with_context(write_file(download)), content_type=download.content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{download.file_name}"'
    return answer


@blueprint.post("/<slug:slug>/removed")
@of_organization(Permission.PEOPLE_EXPORT)
@requires_recent
def confirm_removed(group: OwnGroup) -> ResponseReturnValue:
    """Note that the organization removed the people who were listed, up to a ``number``."""
    number = read_whole(request.form.get("number", ""), LARGEST_ID)
    if not number:
        raise NotFound(ExportProblem.NUMBER_UNKNOWN)
    acknowledge(group.id, number)
    flash("Thank you. Their private pages now say that you removed them.")
    return redirect(url_for("partner.list_group_exports", slug=group.slug), 303)


def _read_wish() -> ExportWish:
    typed = {
        name: request.form.get(name, "").strip()[:LONGEST_TYPED]
        for name in ("purpose", "format", "campaign", "since")
    }
    return ExportWish(**typed)


def _find(group: OwnGroup, number: int) -> ExportLine:
    for line in list_exports(group.id, number):
        return line
    raise NotFound(ExportProblem.NOT_FOUND)


def _show(group: OwnGroup, wrong: dict[str, str]) -> str:
    owed = find_owed(group.id)
    listed = list_owed(group.id, MOST_OWED) if owed.count else []
    return render_template(
        "partner/exports.html",
        group=group,
        exports=list_exports(group.id),
        short_purposes=SHORT_PURPOSES,
        campaigns=list_campaigns(group.id),
        purposes=PURPOSES,
        formats=FORMATS,
        wrong=wrong,
        typed=_read_wish(),
        owed=owed,
        leaving=[(line, name_consent(group.id, line.consent_id)) for line in listed],
    )


def _show_one(group: OwnGroup, number: int, wrong: str = "") -> str:
    found = _find(group, number)
    return render_template(
        "partner/export.html",
        group=group,
        export=found,
        is_mine=found.user_id == current_user.id,
        gone=count_gone(number) if found.state == "retry" else 0,
        owed=find_owed(group.id),
        purposes=PURPOSES,
        formats=FORMATS,
        wrong=wrong,
    )
