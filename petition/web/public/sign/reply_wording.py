"""The wording by which a signer lets offices write back, as it is shown and stored."""

from flask_babel import gettext


def say_reply() -> str:
    """Return the wording in the language of the response."""
    return gettext(
        "The office that gets the letter may write back to me. It gets my name, ZIP code and "
        "e-mail address in a separate file."
    )
