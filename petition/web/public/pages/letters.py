"""The page that verifies a letter by its code."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from petition.core.errors import NotFound
from petition.letters.verification import clean_code, read_letter
from petition.web.errors import wants_json
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign

LONGEST_SHOWN = 20  # characters of what was typed as a code


@public.get("/letters")
def find_letter() -> ResponseReturnValue:
    """Show the form for a letter's code, or redirect to the letter of the code that was typed."""
    typed = request.args.get("code", "")
    if not typed.strip():
        return render_template("public/letter_search.html", typed="", unknown=False)
    code = clean_code(typed.strip())
    if not code:
        return _show_unknown(typed)
    return redirect(url_for("public.show_letter", code=code), 303)


@public.get("/letters/<code>")
def show_letter(code: str) -> ResponseReturnValue:
    """Show a letter's date, district, count and hashes, without names."""
    try:
        letter = read_letter(code)
    except NotFound:
        if wants_json():
            raise
        return _show_unknown(code)
    campaign = find_campaign(letter.campaign_slug)
    return render_template("public/letter.html", campaign=campaign, letter=letter)


def _show_unknown(typed: str) -> Response:
    page = render_template(
        "public/letter_search.html",
        typed="".join(filter(str.isprintable, typed)).strip()[:LONGEST_SHOWN],
        unknown=True,
    )
    return make_response(page, NotFound.status)
