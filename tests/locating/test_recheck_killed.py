"""A recheck that is killed and run again leaves nobody out and asks nobody twice."""

import os
import subprocess
import sys

import pytest
from flask import Flask

from tests.cli.runner import run
from tests.notifications.asking_world import count_by_point, lay_world, mail_all, read_questions
from tests.notifications.conftest import Enter, enter  # noqa: F401  a fixture
from tests.web.county_world import SEVERAL


@pytest.mark.own_database
@pytest.mark.parametrize("point", ["between", "within"])
def test_a_recheck_that_is_killed_is_run_again_and_each_is_asked_once(
    app: Flask,
    environment: dict[str, str],
    enter: Enter,  # noqa: F811
    point: str,
) -> None:
    town = lay_world(app)
    ids = count_by_point(town, *[SEVERAL] * 5)
    command = [sys.executable, "-m", "tests.locating.recheck_worker", point]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() not in (point, ""):
            pass
        process.kill()
    with app.app_context():
        planned = [mail.signature_id for mail in read_questions()]

    again = run(app, "districts", "recheck", "--yes")
    town.work()

    assert planned == ids[:2]  # of the batch that was committed, and no other
    assert "3 signatures are being located again." in again.output
    assert [town.read(signature_id).state for signature_id in ids] == ["review"] * 5
    mails = mail_all(enter)
    assert len(mails) == len({str(mail["To"]) for mail in mails}) == 5
    assert "To be located again: 0." in run(app, "districts", "recheck").output
