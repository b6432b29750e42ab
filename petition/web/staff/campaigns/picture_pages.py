"""The pictures of a campaign's page, by upload."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.campaigns.campaign_pictures import (
    LONGEST_ALT,
    list_pictures,
    preview_picture,
    remove_picture,
    save_picture,
)
from petition.core.errors import ImportRefused
from petition.validation.pictures import LARGEST
from petition.validation.printable import make_printable
from petition.validation.whole_numbers import read_whole
from petition.web.portals.guards import get_actor
from petition.web.staff.campaigns.access import EditedCampaign, requires_editing
from petition.web.staff.campaigns.editor import ONE
from petition.web.staff.pages import blueprint

LAST_SECTION = 99
PICTURES = f"{ONE}/pictures"


@blueprint.get(PICTURES)
@requires_editing
def list_campaign_pictures(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the pictures, and the form for another."""
    return _show(edited)


@blueprint.post(PICTURES)
@requires_editing
def change_picture(edited: EditedCampaign) -> ResponseReturnValue:
    """Store a picture (``file``, ``alt``, ``section``), or remove one (``do``: ``remove``)."""
    section = _read_section()
    if section is None:
        return _show(edited, {"section": f"Enter a number from 0 to {LAST_SECTION}."}), 400
    if request.form.get("do") == "remove":
        found = remove_picture(edited.slug, section, actor=get_actor())
        flash("The picture is removed." if found else "The picture no longer exists.")
        return redirect(url_for("staff.list_campaign_pictures", slug=edited.slug), 303)
    wrong, upload = {}, request.files.get("file")
    alt = make_printable(request.form.get("alt", ""))
    if upload is None or not upload.filename:
        wrong["file"] = "Choose a picture."
    if not alt:
        wrong["alt"] = "Describe what it shows, for people who cannot see it."
    elif len(alt) > LONGEST_ALT:
        wrong["alt"] = f"Use at most {LONGEST_ALT} characters; these are {len(alt)}."
    if wrong or upload is None:
        return _show(edited, wrong), 400
    name = make_printable(upload.filename or "")[:100] or "the picture"
    try:
        content = upload.stream.read(LARGEST + 1)
        save_picture(edited.slug, section, name, content, alt, actor=get_actor())
    except ImportRefused as refused:
        return _show(edited, {"file": str(refused)}), 400
    flash("The picture is on the campaign's page.")
    return redirect(url_for("staff.list_campaign_pictures", slug=edited.slug), 303)


@blueprint.get(f"{PICTURES}/<int(max={LAST_SECTION}):section>")
@requires_editing
def show_campaign_picture(edited: EditedCampaign, section: int) -> ResponseReturnValue:
    """Return a picture, also a draft's; raises NotFound."""
    content, media_type = preview_picture(edited.slug, section)
    response = Response(content, content_type=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _read_section() -> int | None:
    return read_whole(request.form.get("section", "").strip() or "0", LAST_SECTION)


def _show(edited: EditedCampaign, wrong: dict[str, str] | None = None) -> Response:
    pictures = list_pictures(edited.id)
    page = render_template(
        "staff/campaigns/pictures.html",
        edited=edited,
        pictures=[pictures[section] for section in sorted(pictures)],
        wrong=wrong or {},
        typed=request.form if wrong else {},
        longest=LONGEST_ALT,
        last=LAST_SECTION,
    )
    return make_response(page)
