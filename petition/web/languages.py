"""The language of a page: the one chosen on a page, else the best match for the browser.

- The pages set no cookie, so a choice is kept in URLs: every link, form and redirect of a page that
  was requested with ``?lang=`` contains it.
- Staff pages are in English.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import get_locale
from markupsafe import Markup, escape

from petition.core.extensions import babel
from petition.web.queries import tells_of_somebody

# The name of each language in that language. The first is the fallback.
LANGUAGES = {"en": "English", "es": "Español"}
# Dates and numbers as written in the United States.
LOCALES = {"en": "en", "es": "es_US"}
FIELD = "lang"
# A field of a form that asks for its page again in another language, and for nothing else; and the
# id of the form that such a page has.
REDRAW = "redraw"
REDRAWN_FORM = "typed-form"
# Endpoints whose response is the same in every language.
WORDLESS = frozenset(
    f"public.{view}"
    for view in (
        "show_logo",
        "show_picture",
        "show_accent",
        "show_preview",
        "draw",
        "draw_dark",
        "draw_states",
        "draw_states_dark",
        "show_favicon",
        "show_touch_icon",
        "show_robots",
        "show_sitemap",
    )
)
BLUEPRINTS = frozenset({"public", "links", "embed", "embed_links"})
NOT_OURS = ("/staff", "/partner/", "/static/")


def init_app(app: Flask) -> None:
    """Select the language of each request, and give templates the functions that keep a choice."""
    babel.init_app(app, locale_selector=_select_locale)
    app.add_template_global(get_language)
    app.add_template_global(keep_language)
    app.add_template_global(language_field)
    app.add_template_global(list_switches)
    app.add_template_global(list_redraws)
    app.add_template_filter(mark_language, "in_language")
    app.url_defaults(_carry_choice)
    app.after_request(_tell_caches)


def get_language() -> str:
    """Return the language of the response: "en" or "es"."""
    locale = get_locale()
    return str(locale.language) if locale else "en"


def choose_language() -> str:
    """Return the language that the request asks for, without loading a Babel locale."""
    found = find_choice() or request.accept_languages.best_match(list(LANGUAGES))
    return found or "en"


def find_choice() -> str | None:
    """Return the language chosen on a page; None where the browser's languages apply."""
    chosen = request.args.get(FIELD) if has_request_context() else None
    return chosen if chosen in LANGUAGES else None


def keep_language(mark: str = "?") -> str:
    """Return the query that keeps the choice in a URL: "?lang=es", or an empty string."""
    chosen = find_choice()
    return f"{mark}{FIELD}={chosen}" if chosen else ""


def mark_language(words: str, language: str) -> Markup:
    """Return a campaign's words, with ``lang`` where the page is in another language."""
    if language.partition("-")[0] == get_language():
        return escape(words)
    return Markup('<span lang="{}">{}</span>').format(language, words)


def language_field() -> Markup:
    """Return the hidden field that keeps the choice in a form sent by GET, or an empty string."""
    chosen = find_choice()
    if not chosen:
        return Markup()
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, chosen)


def list_switches() -> list[tuple[str, str, str]]:
    """Return (language, its own name, URL) of the same page in every other language.

    - Empty for a form that comes back with what was typed, which a link would lose: see
      ``list_redraws``.
    """
    if not has_request_context() or "redraws" in g or not _shows_by_get():
        return []
    return _list_others()


def list_redraws() -> list[tuple[str, str, str]]:
    """Return the same for a form that came back: buttons of that form lead to these URLs."""
    return _list_others() if has_request_context() and "redraws" in g else []


def offer_redraw() -> None:
    """Let the page be asked for in another language with what was typed in its form.

    - The form has the id ``REDRAWN_FORM``, and its view answers ``is_redraw`` with the form alone.
    """
    if request.method == "POST":
        g.redraws = True


def is_redraw() -> bool:
    """Return whether a form was sent only to be shown in another language."""
    return request.method == "POST" and REDRAW in request.form


def _shows_by_get() -> bool:
    if request.method == "GET":
        return True
    rule = request.url_rule
    try:
        adapter = current_app.create_url_adapter(request)
        return rule is not None and adapter is not None and adapter.test(method="GET")
    except RuntimeError:
        return False


def _list_others() -> list[tuple[str, str, str]]:
    here = get_language()
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name != FIELD and not tells_of_somebody(name, value)
    ]
    return [
        (language, name, f"?{urlencode([*kept, (FIELD, language)])}")
        for language, name in LANGUAGES.items()
        if language != here
    ]


def _select_locale() -> str:
    if not has_request_context() or request.path.startswith(NOT_OURS):
        return LOCALES["en"]
    return LOCALES[choose_language()]


def _carry_choice(endpoint: str, values: dict[str, Any]) -> None:
    chosen = find_choice()
    if chosen and endpoint.partition(".")[0] in BLUEPRINTS and endpoint not in WORDLESS:
        values.setdefault(FIELD, chosen)


def _tell_caches(response: Response) -> Response:
    # Responses to forms are not cached.
    worded = request.endpoint not in WORDLESS and not request.path.startswith(NOT_OURS)
    if request.method in ("GET", "HEAD") and worded:
        response.vary.add("Accept-Language")
    return response
