"""The color scheme of the embedded pages: that of the website around them, not the visitor's.

- ``?scheme=``: light without it, ``dark``, or ``auto`` for the visitor's own.
- The frame is a page of its own and sees only what the visitor's system prefers: on a white website
  it would turn black for visitors who prefer dark pages. So the website chooses the scheme.
- A choice is kept in URLs, as the language is: every link, form and redirect in the frame has it.
"""

from typing import Any

from flask import Flask, has_request_context, request

from petition.web.languages import keep_language

FIELD = "scheme"
SCHEMES = ("light", "dark", "auto")
BLUEPRINTS = frozenset({"embed", "embed_links"})


def init_app(app: Flask) -> None:
    """Give the templates of the frame the scheme, and keep it in URLs."""
    app.add_template_global(get_scheme)
    app.add_template_global(get_color_schemes)
    app.add_template_global(keep_choices)
    app.url_defaults(_carry_choice)


def get_scheme() -> str:
    """Return the scheme of the response: one of SCHEMES."""
    return _find_choice() or SCHEMES[0]


def get_color_schemes() -> str:
    """Return the schemes that the page has, as CSS names them."""
    return "light dark" if get_scheme() == "auto" else get_scheme()


def keep_choices(mark: str = "?") -> str:
    """Return the query that keeps language and scheme in a URL of the frame, or an empty string."""
    language, chosen = keep_language(mark), _find_choice()
    if chosen is None:
        return language
    return f"{language}{'&' if language else mark}{FIELD}={chosen}"


def _find_choice() -> str | None:
    """Return the scheme of the request if it is another than the default one."""
    chosen = request.args.get(FIELD) if has_request_context() else None
    return chosen if chosen in SCHEMES[1:] else None


def _carry_choice(endpoint: str, values: dict[str, Any]) -> None:
    chosen = _find_choice()
    if chosen and endpoint.partition(".")[0] in BLUEPRINTS:
        values.setdefault(FIELD, chosen)
