"""The notice about data says each time as the settings have it."""

from collections.abc import Callable

import pytest
from flask import Flask

from petition.retention.data_kinds import KINDS
from tests.retention.world import LIMITS
from tests.web.public_world import open_page, read_words

# What the notice says of each limit: with so many days, and without an end.
SAYS = {
    "expired": ("erased 17 days after that", "after 14 days, and is kept until you erase it"),
    "rejected": ("was forged is erased after 17 days", "was forged is kept with no time limit"),
    "withdrawn": ("and is erased 17 days later", "leaves the count, and is kept until you erase"),
    "review": ("does not answer for 17 days", "So is a signature whose district is not known"),
    "closed": ("at most until 47 days after its campaign", "counts is kept until you erase it."),
    "erased": ("for 17 days, without your name", "we keep its number without your name"),
    "struck": ("not to print are erased 17 days later", "not to print are kept as long as"),
    "mails": ("we sent you for 47 days, and as", "which e-mails we sent you as long as"),
    "relayed": ("sent to you, for 47 days after", "sent to you, with no time limit"),
    "mail_files": ("kept as files for 17 days", "kept as files until your signature is erased"),
    "asks": ("and never longer than 17 days", "usually within a minute."),
    "replies": (
        "erased 47 days after the last office",
        "may write back is kept with no time limit",
    ),
    "proofs": ("is kept for 47 days as proof", "is kept as proof with no time limit"),
    "uploads": (
        "could not be read 47 days later",
        "could not be read with no time limit",
    ),
    "journals": ("keyed hash for 47 days", "keyed hash with no time limit"),
    "backups": ("are kept for 17 days", "until the backups are deleted"),
}
# They hold nothing that is a signer's: office's servers, hashes of what came in, and accounts.
UNSAID = {"said", "incoming", "invitations"}


def read_notice(app: Flask) -> str:
    return read_words(open_page(app, "/privacy"))


def test_each_limit_that_is_about_signers_is_in_the_notice() -> None:
    assert set(SAYS) | UNSAID == {kind.name for kind in KINDS} | {"backups"}


@pytest.mark.parametrize("name", list(SAYS))
def test_the_notice_follows_the_setting(make_app: Callable[..., Flask], name: str) -> None:
    limited, endless = SAYS[name]
    days = "47" if "47" in limited else "17"
    setting = f"PETITION_KEEP_{name.upper()}_DAYS"

    some = read_notice(make_app(**({"PETITION_KEEP_BACKUPS_DAYS": "30"} | {setting: days})))
    none = read_notice(make_app(**{setting: "off"}))

    assert limited in some and endless not in some
    assert endless in none and limited not in none


def test_one_day_is_a_day(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_KEEP_ASKS_DAYS="1")

    assert "and never longer than 1 day." in read_notice(app)


def test_with_a_mail_server_no_files_are_spoken_of(make_app: Callable[..., Flask]) -> None:
    app = make_app(**LIMITS, PETITION_SMTP_URL="smtp://127.0.0.1:2525")

    assert "kept as files" not in read_notice(app)
