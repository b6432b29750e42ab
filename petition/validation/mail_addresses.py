"""Whether a text is a mailbox that can be written to."""

from email_validator import EmailNotValidError, validate_email


def read_mail_address(typed: str) -> str | None:
    """Return the address as it is written on the wire; None where it is none.

    - No name beside it, no quotes, no comment; its domain has a dot.
    """
    try:
        found = validate_email(
            typed,
            check_deliverability=False,
            allow_smtputf8=False,  # few servers can take such an address: its mail would not arrive
        )
    except EmailNotValidError:
        return None
    return found.normalized
