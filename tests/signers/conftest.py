"""The app that mails to a server, from the tests of notifications."""

from tests.notifications.conftest import enter  # noqa: F401
