"""Robots: held to the limits, counted nowhere, answered as everyone is; and people are not."""

import base64
import json
import re
import shlex
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

import altcha
import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from petition.core.extensions import db
from petition.core.queues import Stage
from petition.health.metrics import render_metrics
from petition.models import Signature
from petition.web.form_moment import read_moment, seal_moment, tell_seconds
from petition.web.proof_of_work import make_challenge, read_proof
from tests.ground import fill_form
from tests.web.public_world import (
    CAMPAIGN,
    SIGN,
    count_signatures,
    make_world,
    open_page,
    read_answer,
    read_words,
    sign,
)

CHALLENGE = "/altcha/challenge?campaign=square"
README = Path(__file__).parents[2] / "README.md"


def read_seconds(text: str) -> float | None:
    return tell_seconds(text, read_moment(text) if text else None)


def count_by_reason(app: Flask) -> dict[str | None, int]:
    """How many signatures stand (None), and how many were rejected by which reason."""
    with app.app_context():
        rows = db.session.execute(
            select(Signature.reject_reason, func.count()).group_by(Signature.reject_reason)
        )
        return {reason: number for reason, number in rows}


def solve(challenge: dict[str, object]) -> str:
    """Do what pow.js does."""
    found = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(found)
    assert solution is not None
    return altcha.Payload(found, solution).to_base64()


def fetch_solution(app: Flask, **headers: str) -> str:
    answer = open_page(app, CHALLENGE, **headers)
    assert answer.status_code == 200 and answer.json is not None
    return solve(answer.json)


def read_field(page: TestResponse, name: str) -> str:
    tag = re.search(rf'<input [^>]*name="{name}"[^>]*>', page.text)
    assert tag
    value = re.search(r'value="([^"]*)"', tag[0])
    return unescape(value[1]) if value else ""


@pytest.mark.both_databases
def test_a_thousand_signs_from_one_address_pass_no_limit(make_app: Callable[..., Flask]) -> None:
    app = make_app(PETITION_SIGN_LIMIT="30 per hour; 600 per day")
    make_world(app)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: sign(app, fill_form(n)).status_code, range(1_000)))

    # A third of the limit, since a robot without a proof gets no further.
    assert answers.count(303) == count_signatures(app) <= 10
    assert set(answers) == {303, 429}


def test_with_proofs_a_network_signs_up_to_the_limit_and_no_more(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="6 per hour")
    make_world(app)

    answers = []
    for number in range(8):
        offered = open_page(app, CHALLENGE)
        proof = {"altcha": solve(offered.json)} if offered.json else {}
        answers.append(sign(app, fill_form(number) | proof).status_code)

    assert answers == [303] * 6 + [429] * 2
    assert count_by_reason(app) == {None: 6}


ROBOTS = {
    "honeypot": {"subject": "Cheap watches"},
    "proof": {"altcha": "made up"},
}


@pytest.mark.parametrize("confirm", [False, True], ids=["at once", "by mail"])
def test_a_robot_is_answered_byte_for_byte_as_a_person_and_counts_nowhere(
    app: Flask, confirm: bool
) -> None:
    make_world(app, confirm_email=confirm, guards={"proof_of_work": "always"})
    good = {"altcha": fetch_solution(app)}

    person = sign(app, fill_form(0) | good)
    robots = [
        sign(app, fill_form(number) | {"altcha": fetch_solution(app)} | traces)
        for number, traces in enumerate(ROBOTS.values(), start=1)
    ]
    replay = sign(app, fill_form(9) | good)

    for robot in (*robots, replay):
        assert robot.status == "303 SEE OTHER"
        assert read_answer(robot) == read_answer(person)
    assert count_by_reason(app) == {None: 1, **dict.fromkeys(ROBOTS, 1), "proof": 2}
    with app.app_context():
        metrics = render_metrics().decode()
    rejected = len(ROBOTS) + 1
    assert f"hundredth_rejected_signatures {rejected}.0" in metrics
    assert not any(word in metrics for word in ROBOTS)


def test_a_robot_that_answers_wrongly_gets_the_form_as_a_person_would(app: Flask) -> None:
    make_world(app)

    page = sign(app, {"subject": "Cheap watches", "email": "nobody"})

    assert page.status_code == 422
    assert "answers need your attention" in read_words(page)
    assert count_signatures(app) == 0


def test_a_form_that_comes_back_at_once_is_drawn_again_and_is_taken_a_moment_later(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    make_world(app)
    form = fill_form(1) | {"drawn": read_field(open_page(app, CAMPAIGN), "drawn")}

    page = sign(app, form)
    make_later(timedelta(seconds=2))
    later = sign(app, form | {"drawn": read_field(page, "drawn")})

    words = read_words(page)
    assert page.status_code == 422 and page.headers["Retry-After"] == "2"
    assert "Your signature is not sent yet" in words and "Nothing was stored yet" in words
    assert "Wait 2 seconds, then press the button again" in words
    assert read_field(page, "email") == "person-1@people.example"
    assert later.status_code == 303 and count_by_reason(app) == {None: 1}


def test_who_never_drew_the_moment_that_came_back_gets_one_that_is_good(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    make_world(app)

    page = sign(app, fill_form(1) | {"drawn": "made up"})
    make_later(timedelta(seconds=2))
    later = sign(app, fill_form(1) | {"drawn": read_field(page, "drawn")})

    assert page.status_code == 422 and "press the button again" in read_words(page)
    assert later.status_code == 303 and count_by_reason(app) == {None: 1}


def test_a_program_that_takes_json_is_told_that_it_was_too_quick(app: Flask) -> None:
    make_world(app)
    drawn = read_field(open_page(app, CAMPAIGN), "drawn")

    answer = sign(app, fill_form(1) | {"drawn": drawn}, headers={"Accept": "application/json"})

    assert answer.status_code == 422 and answer.json is not None
    assert answer.json["error"]["code"] == "too-quick"
    assert count_signatures(app) == 0


def test_a_robot_in_a_hurry_that_fills_the_honeypot_learns_nothing(app: Flask) -> None:
    make_world(app)

    answer = sign(app, fill_form(1) | {"drawn": "made up", "subject": "Cheap watches"})

    assert answer.status_code == 303
    assert count_by_reason(app) == {"honeypot": 1}


@pytest.mark.parametrize("path", [SIGN, SIGN.replace("campaigns", "embed")])
@pytest.mark.parametrize("confirm", [False, True], ids=["at once", "by mail"])
def test_a_slip_is_pointed_out_and_goes_on_by_the_box_under_it(
    app: Flask, path: str, confirm: bool
) -> None:
    make_world(app, confirm_email=confirm)
    form = fill_form(1) | {"email": "ada@gmial.com"}

    page = sign(app, form, path)
    ticked = form | {"email_as_typed": read_field(page, "email_as_typed")}
    again = sign(app, ticked | {"email": "ada@hotmial.com"}, path)
    kept = sign(app, ticked, path)

    words = read_words(page)
    assert page.status_code == again.status_code == 422
    assert "Did you mean gmail.com? You typed gmial.com." in words
    assert "My address is right: it ends in gmial.com" in words
    assert read_field(page, "email") == "ada@gmial.com"
    assert read_field(page, "family_name") == "Example1"
    assert "Did you mean hotmail.com?" in read_words(again)
    assert kept.status_code == 303 and count_by_reason(app) == {None: 1}


def test_a_mailbox_that_is_refused_is_told_to_programs_beside_its_field(app: Flask) -> None:
    make_world(app)

    for email, words in {
        "ada@gmail.con": "Did you mean gmail.com?",
        "ada@mailinator.com": "Addresses at mailinator.com are temporary",
    }.items():
        form = fill_form(1) | {"email": email}
        answer = sign(app, form, headers={"Accept": "application/json"})

        assert answer.status_code == 422 and answer.json is not None
        assert answer.json["error"]["fields"]["email"].startswith(words)
    assert count_signatures(app) == 0


def test_who_typed_no_slip_sees_no_box(app: Flask) -> None:
    make_world(app)

    page = sign(app, fill_form(1) | {"postal_code": "0213"})

    assert "email_as_typed" not in page.text


def test_who_corrects_an_answer_at_once_is_no_robot(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    make_world(app)
    drawn = read_field(open_page(app, CAMPAIGN), "drawn")
    make_later(timedelta(seconds=30))

    page = sign(app, fill_form(1) | {"drawn": drawn, "postal_code": "0213"})
    sign(app, fill_form(1) | {"drawn": read_field(page, "drawn")})

    assert page.status_code == 422
    assert count_by_reason(app) == {None: 1}


@pytest.mark.parametrize("odd", ["x", "é", "=", "AAAA", "A" * 400, "\x00", "%%%"])
def test_a_moment_that_was_made_up_is_no_time_at_all(app: Flask, odd: str) -> None:
    with app.app_context():
        assert read_seconds(odd) == 0.0
        sealed = seal_moment()
        assert read_seconds(sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:]) == 0.0


def test_another_hosts_clock_makes_nobody_a_robot(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    with app.app_context():
        make_later(timedelta(seconds=20))
        ahead = seal_moment()
        make_later(timedelta(seconds=-20))

        assert read_seconds(ahead) is None
        assert read_seconds("") is None


def test_the_honeypot_is_out_of_sight_of_people_and_of_their_browsers(app: Flask) -> None:
    make_world(app)

    page = open_page(app, CAMPAIGN)

    around = page.text.partition('<div class="apart" aria-hidden="true">')[2].partition("</div>")[0]
    assert 'name="subject"' in around and "Leave this empty" in around
    assert 'tabindex="-1"' in around and 'autocomplete="off"' in around
    assert "style" not in around and "hidden>" not in around
    assert ".apart" in open_page(app, "/static/hundredth.css").text


def test_a_guard_that_is_off_is_not_in_the_form_and_rejects_nobody(app: Flask) -> None:
    off = {
        "honeypot": False,
        "minimum_seconds": 0,
        "proof_of_work": "off",
        "disposable_domains": False,
    }
    make_world(app, guards=off)

    page = open_page(app, CAMPAIGN)
    people = [{"drawn": "made up"}, {"email": "robot@mailinator.com"}]
    for number, traces in enumerate([*ROBOTS.values(), *people]):
        assert sign(app, fill_form(number) | traces).status_code == 303

    # The moment stays: of a hundred that is looked at it tells who ever loaded the form.
    assert not re.search('name="(subject|altcha)"|pow[.]js', page.text)
    assert open_page(app, CHALLENGE).status_code == 204
    assert count_by_reason(app) == {None: 4}


def test_a_quiet_network_is_asked_for_nothing_and_a_busy_one_for_a_proof(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_SIGN_LIMIT="9 per minute")
    make_world(app)
    assert open_page(app, CHALLENGE).status_code == 204

    answers = [sign(app, fill_form(number)) for number in range(4)]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    words = read_words(answers[-1])
    assert "Your signature is not sent yet" in words and "Nothing was stored yet" in words
    wait = re.search(r"Wait (\d+) seconds, then press the button again", words)
    assert wait and 0 < int(wait[1]) <= 60
    assert read_field(answers[-1], "email") == "person-3@people.example"
    challenge = open_page(app, CHALLENGE)
    assert challenge.headers["Cache-Control"] == "no-store"
    proof = {"altcha": fetch_solution(app)}
    assert sign(app, fill_form(3) | proof).status_code == 303
    assert count_by_reason(app) == {None: 4}


def test_a_campaign_that_always_asks_says_what_to_do_without_javascript(app: Flask) -> None:
    make_world(app, guards={"proof_of_work": "always"})

    page = sign(app, fill_form(1))
    answer = sign(app, fill_form(1), headers={"Accept": "application/json"})

    assert page.status_code == 429
    assert "Turn on JavaScript for this page" in read_words(page)
    assert answer.json is not None and answer.json["error"]["code"] == "proof-wanted"
    assert count_signatures(app) == 0


def test_a_proof_that_is_too_old_counts_as_none(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    make_world(app, guards={"proof_of_work": "always"})
    proof = {"altcha": fetch_solution(app)}
    make_later(timedelta(minutes=11))

    assert sign(app, fill_form(1) | proof).status_code == 429
    assert count_signatures(app) == 0


def test_a_form_that_was_refused_has_not_used_up_its_proof(app: Flask) -> None:
    make_world(app, guards={"proof_of_work": "always"})
    proof = {"altcha": fetch_solution(app)}

    assert sign(app, fill_form(1) | proof | {"email": "nobody"}).status_code == 422
    assert sign(app, fill_form(1) | proof).status_code == 303

    assert count_by_reason(app) == {None: 1}


@pytest.mark.both_databases
def test_a_solution_replayed_from_eight_threads_signs_once_however_it_is_written(
    app: Flask,
) -> None:
    make_world(app, guards={"proof_of_work": "always"})
    payload = json.loads(base64.b64decode(fetch_solution(app)))

    def replay(number: int) -> int:
        payload["solution"]["time"] = number  # not signed, so the payload differs each time
        written = base64.b64encode(json.dumps(payload).encode()).decode()
        return sign(app, fill_form(number) | {"altcha": written}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(replay, range(8)))

    assert answers == [303] * 8
    assert count_by_reason(app) == {None: 1, "proof": 7}


def test_a_proof_that_was_tampered_with_is_wrong_and_never_an_error(app: Flask) -> None:
    odd = [None, 1, [], {}, "x", -1, True, float("nan"), "\ud800", [[]]]
    with app.app_context():
        whole = json.loads(base64.b64decode(solve(make_challenge())))
        places = [
            ("challenge",),
            ("challenge", "signature"),
            ("challenge", "parameters"),
            *(("challenge", "parameters", name) for name in whole["challenge"]["parameters"]),
            ("solution",),
            ("solution", "derivedKey"),
        ]
        for *path, name in places:
            for value in odd:
                copy = json.loads(json.dumps(whole))
                at = copy
                for step in path:
                    at = at[step]
                at[name] = value
                written = base64.b64encode(json.dumps(copy).encode()).decode()

                found = read_proof(written)

                assert found is None or found.digest is None, (path, name, value)
        for written in ("x", "é", "=", base64.b64encode(b"[" * 900).decode(), "A" * 100_000):
            found = read_proof(written)
            assert found is not None and found.digest is None
        assert read_proof("") is None


def test_a_challenge_is_for_a_campaign_that_is_open(app: Flask) -> None:
    make_world(app, guards={"proof_of_work": "always"})

    assert open_page(app, CHALLENGE).status_code == 200
    for wrong in ("", "?campaign=", "?campaign=none", "?campaign=%00", "?campaign=a%2Fb"):
        assert open_page(app, f"/altcha/challenge{wrong}").status_code == 404


@pytest.mark.parametrize("away", [False, True], ids=["in Redis", "without Redis"])
def test_a_campaigns_own_limit_holds_beside_the_services(
    make_app: Callable[..., Flask], away: bool
) -> None:
    settings = {"REDIS_URL": "unix:///nowhere/valkey.sock"} if away else {}
    app = make_app(PETITION_SIGN_LIMIT="5 per hour", PETITION_PROXY_HOPS="1", **settings)
    make_world(app, guards={"sign_limit": "3 per hour", "proof_of_work": "off"})

    answers = [
        sign(app, fill_form(number), headers={"X-Forwarded-For": network}).status_code
        for number, network in enumerate(["192.0.2.1"] * 6 + ["192.0.2.2"])
    ]

    assert answers == [303, 303, 303, 429, 429, 429, 303]
    assert count_signatures(app) == 4


def test_a_campaigns_own_limit_makes_a_network_busy(app: Flask) -> None:
    make_world(app, guards={"sign_limit": "6 per hour"})

    answers = [sign(app, fill_form(number)).status_code for number in range(3)]

    assert answers == [303, 303, 429]
    assert open_page(app, CHALLENGE).status_code == 200


def test_what_a_client_writes_before_its_own_address_gains_nothing(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PETITION_PROXY_HOPS="1")
    make_world(app, guards={"sign_limit": "2 per minute", "proof_of_work": "off"})

    answers = [
        sign(
            app,
            fill_form(number),
            headers={"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.1"},
        ).status_code
        for number in range(4)
    ]

    assert answers == [303, 303, 429, 429]


def test_without_redis_a_busy_network_is_asked_for_a_proof_too(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(REDIS_URL="unix:///nowhere/valkey.sock", PETITION_SIGN_LIMIT="6 per minute")
    make_world(app)

    answers = [sign(app, fill_form(number)).status_code for number in range(3)]

    assert answers == [303, 303, 429]
    proof = {"altcha": fetch_solution(app)}
    assert sign(app, fill_form(3) | proof).status_code == 303


def test_the_curl_of_the_readme_signs_and_is_located(app: Flask) -> None:
    make_world(app)
    command = re.search(r"curl (-d .+?)\n\n", README.read_text("utf-8"), re.S)
    assert command
    words = shlex.split(command[1].replace("\\\n", " "))
    fields = [word for flag, word in zip(words, words[1:], strict=False) if flag == "-d"]
    form = {name: values[0] for name, values in parse_qs("&".join(fields)).items()}

    answer = sign(app, form)

    assert answer.status_code == 303
    assert set(form) == {"given_name", "family_name", "email", "postal_code"}
    assert count_by_reason(app) == {None: 1}
    assert app.extensions["hundredth-queues"].queue(Stage.LOCATE).count == 1


def test_the_script_is_small_and_runs_under_the_policy(app: Flask) -> None:
    make_world(app)

    page = open_page(app, CAMPAIGN)
    addresses = re.findall(r'<script src="([^"]+)" defer></script>', page.text)
    assert len(addresses) == 2  # of the proof, and of the question for the county
    scripts = [open_page(app, unescape(address)) for address in addresses]

    assert all(len(script.data) < 4_000 for script in scripts)
    assert all("javascript" in script.headers["Content-Type"] for script in scripts)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "connect-src 'self';" in policy
    for word in ("eval(", "Function(", "innerHTML", "new Worker"):
        assert not any(word in script.text for script in scripts)
