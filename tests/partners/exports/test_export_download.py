"""An export: ids in the background, the rows at the download, within consent at that moment."""

import hashlib
import json
from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, UserError
from petition.core.extensions import db
from petition.models import AccessPerson, ExportPage
from petition.partners.consents.accesses import list_accesses, list_taken
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_download import (
    DownloadOfAnother,
    DownloadRefused,
    count_gone,
    open_download,
    write_file,
)
from petition.partners.exports.export_list import list_exports
from petition.partners.exports.export_problems import ExportProblem
from petition.partners.exports.export_requests import (
    MOST_OPEN,
    forget_pages,
    prepare_exports,
)
from petition.partners.people.person_ids import name_consent
from petition.signers.withdraw import erase_signature
from tests.partners.exports.world import (
    Coalition,
    age_download,
    change_export,
    find_signature,
    list_hashes,
    make_coalition,
    read_csv,
)

ELEVEN = timedelta(minutes=11)


@pytest.fixture
def coalition(context: AppContext) -> Coalition:
    return make_coalition()


def refuse(coalition: Coalition, export_id: int, user_id: int = 0) -> object:
    asker = ExportAsker(user_id=user_id) if user_id else coalition.asker
    with pytest.raises(DownloadRefused) as refused:
        open_download(coalition.organization_id, export_id, asker)
    return refused.value.problem.code


def test_for_updates_it_has_name_town_and_address(coalition: Coalition) -> None:
    consent_id = coalition.add_person(given_name="Ada", family_name="Lopez", email="a@x.example")
    coalition.add_person("contact")

    content = coalition.download(coalition.prepare())

    assert read_csv(content) == [
        {
            "identifier": name_consent(coalition.organization_id, consent_id),
            "given_name": "Ada",
            "family_name": "Lopez",
            "email_address": "a@x.example",
            "locality": "Cambridge",
            "region": "MA",
            "campaign": coalition.slug,
            "consent_date": utcnow().date().isoformat(),
        }
    ]


def test_for_contact_it_has_an_initial_and_no_address(coalition: Coalition) -> None:
    coalition.add_person("contact", given_name="Ada", family_name="Lopez", email="a@x.example")

    content = coalition.download(coalition.prepare("contact", "jsonl"))

    row = json.loads(content)
    assert (row["given_name"], row["family_name_initial"]) == ("Ada", "L")
    assert b"Lopez" not in content and b"a@x.example" not in content and b"02139" not in content


def test_who_withdrew_between_preparing_and_download_is_not_in_it(coalition: Coalition) -> None:
    stays, leaves, erased = (coalition.add_person() for _ in range(3))
    export_id = coalition.prepare()
    coalition.withdraw(leaves)
    erase_signature(find_signature(erased), actor="cli")

    rows = read_csv(coalition.download(export_id))

    assert [row["identifier"] for row in rows] == [name_consent(coalition.organization_id, stays)]
    assert list_taken(find_signature(leaves)) == []
    assert [line.kind for line in list_taken(find_signature(stays))] == ["export"]
    (line,) = list_accesses(coalition.organization_id, 10)
    assert (line.people, line.actor) == (1, f"partner:{coalition.user_id}")


def test_who_withdraws_while_it_is_sent_is_not_in_what_follows(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petition.partners.exports.export_rows.PAGE", 1)
    first, second = coalition.add_person(), coalition.add_person()
    pieces = write_file(
        open_download(coalition.organization_id, coalition.prepare(), coalition.asker)
    )
    content = next(pieces) + next(pieces)
    coalition.withdraw(second)
    content += b"".join(pieces)

    assert [row["identifier"] for row in read_csv(content)] == [
        name_consent(coalition.organization_id, first)
    ]


def test_the_hash_is_of_what_was_taken(coalition: Coalition) -> None:
    coalition.add_person()
    export_id = coalition.prepare()
    content = coalition.download(export_id)

    (line,) = list_exports(coalition.organization_id)
    (file,) = line.files
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert (file.people, line.person, line.state) == (1, "bea@riders.example", "retry")


def test_one_retry_within_ten_minutes_has_the_same_bytes(coalition: Coalition) -> None:
    coalition.add_person()
    coalition.add_person()
    export_id = coalition.prepare()
    first = coalition.download(export_id)
    coalition.add_person()

    assert coalition.download(export_id) == first
    assert len(set(list_hashes(export_id))) == 1 and count_gone(export_id) == 0
    assert refuse(coalition, export_id) is ExportProblem.SPENT
    assert len(list_accesses(coalition.organization_id, 10)) == 2


def test_who_withdrew_since_the_first_file_is_not_in_the_retry(coalition: Coalition) -> None:
    stays, leaves = coalition.add_person(), coalition.add_person()
    export_id = coalition.prepare()
    coalition.download(export_id)
    coalition.withdraw(leaves)

    assert count_gone(export_id) == 1
    rows = read_csv(coalition.download(export_id))
    assert [row["identifier"] for row in rows] == [name_consent(coalition.organization_id, stays)]
    assert len(set(list_hashes(export_id))) == 2


def test_it_is_spent_after_ten_minutes(coalition: Coalition) -> None:
    coalition.add_person()
    export_id = coalition.prepare()
    coalition.download(export_id)
    age_download(export_id, ELEVEN)

    assert refuse(coalition, export_id) is ExportProblem.SPENT


def test_two_at_once_give_one_file(coalition: Coalition) -> None:
    coalition.add_person()
    export_id = coalition.prepare()
    pieces = write_file(open_download(coalition.organization_id, export_id, coalition.asker))
    next(pieces)

    assert refuse(coalition, export_id) is ExportProblem.UNDER_WAY
    pieces.close()  # type: ignore[attr-defined]
    assert list_hashes(export_id) == [None]
    assert len(read_csv(coalition.download(export_id))) == 1


def test_a_download_whose_process_was_killed_can_be_tried_once_more(coalition: Coalition) -> None:
    coalition.add_person()
    export_id = coalition.prepare()
    open_download(coalition.organization_id, export_id, coalition.asker)
    age_download(export_id, timedelta(minutes=3))

    assert len(read_csv(coalition.download(export_id))) == 1


def test_it_expires(coalition: Coalition) -> None:
    export_id = coalition.prepare()
    change_export(export_id, expires_at=utcnow())

    assert refuse(coalition, export_id) is ExportProblem.EXPIRED
    assert list_exports(coalition.organization_id)[0].state == "expired"


def test_another_member_and_another_organization_take_nothing(coalition: Coalition) -> None:
    export_id = coalition.prepare()

    assert refuse(coalition, export_id, coalition.other_user_id) is ExportProblem.OF_ANOTHER
    with pytest.raises(DownloadOfAnother):
        open_download(
            coalition.organization_id, export_id, ExportAsker(user_id=coalition.other_user_id)
        )
    with pytest.raises(NotFound):
        open_download(coalition.organization_id + 1, export_id, coalition.asker)


def test_nothing_is_given_out_before_it_is_ready(coalition: Coalition) -> None:
    coalition.add_person()

    assert refuse(coalition, coalition.ask()) is ExportProblem.NOT_READY


@pytest.mark.parametrize("name", ["=2+3", "+1", "-1", "@SUM(A1)", "\uff1d1+1"])
def test_no_cell_is_a_formula(coalition: Coalition, name: str) -> None:
    coalition.add_person(given_name=name, locality=name)

    (row,) = read_csv(coalition.download(coalition.prepare()))

    assert row["given_name"] == f"'{name}" and row["locality"] == f"'{name}"


def test_filters_leave_others_out(coalition: Coalition) -> None:
    coalition.add_person()
    tomorrow = (utcnow() + timedelta(days=1)).date().isoformat()

    assert len(read_csv(coalition.download(coalition.prepare(campaign=coalition.slug)))) == 1
    assert read_csv(coalition.download(coalition.prepare(since=tomorrow))) == []
    for field, typed in {"campaign": "other", "since": "yesterday", "purpose": "sale"}.items():
        wish = {"purpose": "updates", field: typed}
        with pytest.raises(InvalidInput) as refused:
            coalition.ask(**wish)
        assert set(refused.value.problems) == {field}


def test_pages_are_prepared_one_by_one_and_deleted_once_it_is_spent(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petition.partners.exports.export_requests.PAGE", 2)
    people = [coalition.add_person() for _ in range(5)]
    export_id = coalition.ask()

    assert prepare_exports() == 1
    (line,) = list_exports(coalition.organization_id)
    assert (line.state, line.total, line.counted) == ("preparing", 5, 2)
    assert [prepare_exports() for _ in range(3)] == [1, 1, 0]
    assert forget_pages() == 0
    assert len(read_csv(coalition.download(export_id))) == len(people)
    age_download(export_id, ELEVEN)
    assert (forget_pages(), forget_pages()) == (1, 0)
    assert db.session.scalar(select(func.count()).select_from(ExportPage)) == 0
    assert db.session.scalar(select(func.count()).select_from(AccessPerson)) == len(people)


def test_an_organization_has_few_open_at_once(coalition: Coalition) -> None:
    for _ in range(MOST_OPEN):
        coalition.ask()

    with pytest.raises(UserError) as refused:
        coalition.ask()
    assert refused.value.problem.code is ExportProblem.TOO_MANY
