"""The language of a page: the one chosen on a page, else the best match for the browser.

- The pages set no cookie, so a choice is kept in URLs: every link, form and redirect of a page that
  was requested with ``?lang=`` contains it.
- Staff pages are in English.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import force_locale, get_locale, get_translations
from markupsafe import Markup, escape

from petition.core.errors import Problem
from petition.core.extensions import babel
from petition.web.queries import tells_of_somebody
from petition.web.wording.kept_problems import open_problems, seal_problems

# The name of each language in that language. The first is the fallback.
LANGUAGES = {"en": "English", "es": "Español"}
# Dates and numbers as written in the United States.
LOCALES = {"en": "en", "es": "es_US"}
FIELD = "lang"
# A field of a form that asks for its page again in another language, and for nothing else; and the
# id of the form that such a page has.
REDRAW = "redraw"
REDRAWN_FORM = "typed-form"
# A field of that form: the problems that it shows.
SHOWN = "shown"
# Endpoints whose response is the same in every language.
WORDLESS = frozenset(
    f"public.{view}"
    for view in (
        "show_logo",
        "show_picture",
        "show_accent",
        "show_preview",
        "show_district_preview",
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
    _install_catalogues(app)
    app.add_template_global(get_language)
    app.add_template_global(keep_language)
    app.add_template_global(language_field)
    app.add_template_global(say_in_own_language)
    app.add_template_global(list_switches)
    app.add_template_global(list_redraws)
    app.add_template_global(seal_shown)
    app.add_template_filter(mark_language, "in_language")
    app.url_defaults(_carry_choice)
    app.after_request(_tell_caches)


def _install_catalogues(app: Flask) -> None:
    """Let templates find the catalogue of the page's locale at once, for each of its 60 messages.

    - Flask-Babel's own functions find the domain and its cache of catalogues first.
    """
    catalogues: dict[Locale, Translations | NullTranslations] = {}

    def find() -> Translations | NullTranslations:
        locale = get_locale()
        if locale is None:
            return get_translations()
        found = catalogues.get(locale)
        if found is None:
            found = catalogues[locale] = get_translations()
        return found

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda words: find().ugettext(words),
        ngettext=lambda one, many, number: find().ungettext(one, many, number),
        pgettext=lambda context, words: find().upgettext(context, words),
        npgettext=lambda context, one, many, number: find().unpgettext(context, one, many, number),
        newstyle=True,
    )


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


def speak(language: str) -> AbstractContextManager[None]:
    """Translate within the block into a campaign's language, a BCP 47 tag.

    - English where there is no catalogue of it.
    """
    locale: AbstractContextManager[None] = force_locale(
        LOCALES.get(language.partition("-")[0].lower(), LOCALES["en"])
    )
    return locale


def say_in_own_language(campaign: Any, caller: Callable[[], Markup]) -> Markup:
    """Return what a template's ``call`` block says, in the language of its campaign.

    - In the page's language for a page without a campaign.
    """
    if not campaign:
        return caller()
    with speak(campaign.language):
        return caller()


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


def offer_redraw(problems: Mapping[str, Problem] | None = None) -> None:
    """Let the page be asked for in another language with what was typed in its form.

    - The form has the id ``REDRAWN_FORM``, and its view answers ``is_redraw`` with the form alone
      and the ``read_shown`` problems. ``problems``: those that it shows now.
    """
    if request.method == "POST":
        g.redraws = dict(problems or {})


def seal_shown() -> str:
    """Return the problems of a form that came back, for its field ``SHOWN``; empty for none."""
    problems = g.get("redraws") if has_request_context() else None
    return seal_problems(problems) if problems else ""


def read_shown() -> dict[str, Problem]:
    """Return the problems that a form showed which is asked for in another language."""
    return open_problems(request.form.get(SHOWN, "")) if is_redraw() else {}


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
