"""The second factor: codes and recovery codes are used once, sealed or hashed, and survive keys."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import LargeBinary, select, type_coerce

from petition.accounts import second_factors
from petition.accounts.staff_accounts import create_staff
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db
from petition.core.key_values import generate_data_key
from petition.keys.rotation import rotate
from petition.models import PortalName, RecoveryCode, RoleName, SecondFactor
from tests.accounts.world import list_actions, read_text, send_mails
from tests.web.account_world import make_code, show_code

EMAIL = "ada@staff.example"
STAFF = PortalName.STAFF
THREADS = 8


def make_account(app: Flask) -> tuple[int, str, list[str]]:
    """Make an account with a second factor; return its id, the app's key and the codes."""
    with app.app_context():
        user_id = create_staff(EMAIL, "correct horse battery", [RoleName.ADMIN], actor="test")
        key = second_factors.begin_factor(user_id, EMAIL).key
        codes = second_factors.confirm_factor(user_id, make_code(key), actor="test")
    return user_id, key, codes


def run_at_once(app: Flask, act: Callable[[], bool]) -> list[bool]:
    """Return what each of several threads got that acted at the same moment."""
    start = threading.Barrier(THREADS)

    def try_once(number: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                return act()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(THREADS) as pool:
        return sorted(pool.map(try_once, range(THREADS)))


def test_a_code_is_used_once_and_not_the_one_before_it(app: Flask) -> None:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        user_id, key, _ = make_account(app)
        with app.app_context():
            assert not second_factors.use_code(user_id, make_code(key))  # confirmed it
            before = make_code(key)
            traveller.shift(timedelta(seconds=30))
            assert second_factors.use_code(user_id, make_code(key))
            assert not second_factors.use_code(user_id, make_code(key))
            assert not second_factors.use_code(user_id, before)


@pytest.mark.parametrize(("shift", "passes"), [(-60, False), (-29, True), (29, True), (90, False)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(
    app: Flask, shift: int, passes: bool
) -> None:
    user_id, key, _ = make_account(app)
    moment = utcnow().replace(second=0, microsecond=0) + timedelta(hours=1)
    with time_machine.travel(moment + timedelta(seconds=shift), tick=False):
        code = make_code(key)

    with time_machine.travel(moment, tick=False), app.app_context():
        assert second_factors.use_code(user_id, code) is passes


@pytest.mark.parametrize("code", ["", "000000", "12345", "abcdef", "\u0661" * 6, "1" * 500, "\x00"])
def test_what_is_no_code_is_wrong(app: Flask, code: str) -> None:
    user_id, _, _ = make_account(app)
    with app.app_context():
        assert not second_factors.use_code(user_id, code)
        assert not second_factors.use_recovery_code(user_id, code, STAFF)
        second_factors.begin_factor(user_id, EMAIL)
        with pytest.raises(InvalidInput):
            second_factors.confirm_factor(user_id, code, actor="test")


def test_a_code_used_eight_times_at_once_passes_once(app: Flask) -> None:
    user_id, _, _ = make_account(app)
    code = show_code(app, EMAIL)

    results = run_at_once(app, lambda: second_factors.use_code(user_id, code))

    assert results == [False] * (THREADS - 1) + [True]


def test_a_recovery_code_used_eight_times_at_once_passes_once(app: Flask) -> None:
    user_id, _, codes = make_account(app)

    results = run_at_once(app, lambda: second_factors.use_recovery_code(user_id, codes[0], STAFF))

    assert results == [False] * (THREADS - 1) + [True]
    with app.app_context():
        assert second_factors.count_recovery_codes(user_id) == 9


def test_a_recovery_code_is_taken_as_people_type_it_and_told_by_e_mail(app: Flask) -> None:
    user_id, _, codes = make_account(app)
    with app.app_context():
        typed = codes[0].upper().replace(" ", "-")
        assert second_factors.use_recovery_code(user_id, typed, STAFF)
        assert not second_factors.use_recovery_code(user_id, codes[0], STAFF)

    message = send_mails(app)[-1]
    assert "recovery code was used" in message["Subject"] and message["To"] == EMAIL
    assert not any(code in read_text(message) for code in codes)
    assert ("recovery_code.used", f"staff:{user_id}") in list_actions(app)


def test_one_accounts_recovery_code_is_no_other_accounts(app: Flask) -> None:
    _, _, codes = make_account(app)
    with app.app_context():
        other = create_staff("bo@staff.example", "correct horse battery", [], actor="test")

        assert not second_factors.use_recovery_code(other, codes[0], STAFF)


def test_new_recovery_codes_replace_the_old(app: Flask) -> None:
    user_id, _, codes = make_account(app)
    with app.app_context():
        renewed = second_factors.renew_recovery_codes(user_id, actor="test")

        assert len({*codes, *renewed}) == 20
        assert not second_factors.use_recovery_code(user_id, codes[0], STAFF)
        assert second_factors.use_recovery_code(user_id, renewed[0], STAFF)


def test_a_new_app_replaces_the_old_only_with_its_first_code(app: Flask) -> None:
    user_id, key, _ = make_account(app)
    with app.app_context():
        new = second_factors.begin_factor(user_id, EMAIL).key
        assert second_factors.begin_factor(user_id, EMAIL).key == new != key
        with pytest.raises(InvalidInput):
            second_factors.confirm_factor(user_id, make_code(key), actor="test")
        assert second_factors.use_code(user_id, show_code(app, EMAIL))

        second_factors.confirm_factor(user_id, make_code(new), actor="test")

        assert not second_factors.use_code(user_id, make_code(key))
        assert len(db.session.scalars(select(SecondFactor)).all()) == 1


def test_nothing_that_is_stored_shows_a_key_or_a_code(app: Flask) -> None:
    _, key, codes = make_account(app)
    with app.app_context():
        raw = select(type_coerce(SecondFactor.secret, LargeBinary))
        sealed = bytes(db.session.scalars(raw).one())
        digests = [bytes(one) for one in db.session.scalars(select(RecoveryCode.digest))]

    assert sealed[:1] == b"\x02" and key.replace(" ", "").encode() not in sealed
    assert len(digests) == 10
    assert not any(code[:4].encode() in digest for code in codes for digest in digests)


def test_after_a_rotation_of_the_keys_the_same_app_still_works(
    app: Flask, make_app: Callable[..., Flask], environment: dict[str, str]
) -> None:
    user_id, _, codes = make_account(app)
    old = environment["PETITION_DATA_KEY"]
    new = generate_data_key()
    hash_key = app.extensions["hundredth-sealer"]._hash_key
    import base64

    keys = {
        "PETITION_DATA_KEYS": f"{new},{old}",
        "PETITION_DATA_KEY": "",
        "PETITION_HASH_KEY": base64.b64encode(hash_key).decode(),
    }
    with make_app(**keys).app_context():
        assert rotate().resealed == 1
    alone = make_app(**(keys | {"PETITION_DATA_KEYS": new}))

    with alone.app_context():
        assert second_factors.use_code(user_id, show_code(alone, EMAIL))
        assert second_factors.use_recovery_code(user_id, codes[0], STAFF)


def test_an_admin_removes_a_second_factor_and_the_account_is_told(app: Flask) -> None:
    user_id, _, codes = make_account(app)
    with app.app_context():
        second_factors.reset_second_factor(EMAIL, actor="cli")

        assert not second_factors.has_second_factor(user_id)
        assert not second_factors.use_recovery_code(user_id, codes[0], STAFF)
        with pytest.raises(NotFound):
            second_factors.reset_second_factor(EMAIL, actor="cli")
    assert "second factor was removed" in send_mails(app)[-1]["Subject"]
    assert ("second_factor.reset", "cli") in list_actions(app)
