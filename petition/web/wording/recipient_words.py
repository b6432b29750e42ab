"""Posts in the words of a page or an e-mail, with ``lang`` on what is not in its language."""

from collections.abc import Sequence

from flask import Flask
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from petition.letters.words.recipient_words import RecipientWords, say_recipient
from petition.officials.recipients import LetterRecipient


def init_app(app: Flask) -> None:
    """Add the functions to the templates."""
    app.add_template_global(say_to_whom, "to_whom")
    app.add_template_global(say_to_post, "to_post")
    app.add_template_filter(show_title, "post_title")


def say_to_whom(recipients: Sequence[LetterRecipient]) -> Markup:
    """Return "to the Board of Commissioners, Essex County", "to its 2 lawmakers"."""
    if len(recipients) == 1:
        one = recipients[0]
        words = say_recipient(
            one.title, _language(), is_body=one.is_body, name=one.name, is_vacant=one.is_vacant
        )
        return _mark(words)
    if recipients:
        return escape(gettext("to its %(recipients)s lawmakers", recipients=len(recipients)))
    return escape(gettext("to its lawmakers"))


def say_to_post(title: str, is_body: bool) -> Markup:
    """Return "to the Board of Commissioners, Essex County", "to State Senator, East District"."""
    return _mark(say_recipient(title, _language(), is_body=is_body))


def show_title(title: str) -> Markup:
    """Return a post's title alone."""
    words = say_recipient(title, _language(), is_body=True)
    return _mark(words, lead="")


def _mark(words: RecipientWords, lead: str | None = None) -> Markup:
    said = Markup("{}").format(words.title)
    if not words.is_title_known:
        said = Markup('<span lang="en">{}</span>').format(words.title)
    return escape(words.lead if lead is None else lead) + said


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "en"
