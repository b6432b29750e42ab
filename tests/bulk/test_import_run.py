"""A file of signatures is imported once, whole, and as its rows say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select, update

from petition.bulk import import_run
from petition.bulk.import_batches import list_batches, read_stored_proof
from petition.bulk.import_run import Counts
from petition.bulk.import_undo import undo_batch
from petition.campaigns import open_campaigns
from petition.core.clock import utcnow
from petition.core.errors import CampaignNotOpen, ImportRefused
from petition.core.extensions import db, keep_for_app, transaction
from petition.models import (
    Campaign,
    CampaignState,
    Consent,
    Event,
    ImportBatch,
    ImportProof,
    Organization,
    OrganizationState,
    Signature,
    SignatureState,
)
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.signers.withdraw import withdraw_signature
from tests.bulk.files import (
    HEADINGS,
    PROOF,
    SLUG,
    import_path,
    list_emails,
    make_row,
    read_report,
    write_file,
)
from tests.factories import make_campaign, make_person, make_signature


@pytest.fixture
def campaign(context: AppContext) -> int:
    with transaction() as session:
        return make_campaign(session, slug=SLUG, confirm_email=True).id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_file(tmp_path / "list.csv", [make_row(number) for number in range(12)])


def count_states() -> dict[str, int]:
    rows = db.session.execute(select(Signature.state, func.count()).group_by(Signature.state))
    return {state: number for state, number in rows}


def tell(counts: Counts) -> tuple[int, int, int, int]:
    return counts.signed, counts.refused, counts.known, counts.withdrew


def test_each_row_waits_for_its_confirmation(campaign: int, path: Path) -> None:
    batch_id, counts = import_path(path)

    assert tell(counts) == (12, 0, 0, 0)
    assert count_states() == {SignatureState.PENDING: 12}
    rows = db.session.scalars(select(Signature)).all()
    assert {row.batch for row in rows} == {f"import-{batch_id}"}
    assert all(row.due_at is not None and row.proved_at is None for row in rows)
    assert read_report(path) == []


def test_who_is_vouched_for_counts_without_an_email(campaign: int, path: Path) -> None:
    batch_id, _ = import_path(path, proof=PROOF)

    assert count_states() == {SignatureState.CONFIRMED: 12}
    assert read_stored_proof(batch_id, actor="cli") == PROOF
    sealed = db.session.connection().exec_driver_sql("SELECT file FROM import_proofs").scalar_one()
    assert PROOF.content not in bytes(sealed)


def test_the_same_file_again_imports_nothing(campaign: int, path: Path) -> None:
    first, _ = import_path(path)
    again, counts = import_path(path)

    assert again == first
    assert tell(counts) == (12, 0, 0, 0)
    assert len(list_emails()) == 12
    assert [line.rows_done for line in list_batches()] == [12]


def test_the_same_people_in_another_file_are_known(campaign: int, path: Path) -> None:
    import_path(path)
    other = write_file(path.with_name("other.csv"), [make_row(3), make_row(99)])

    _, counts = import_path(other)

    assert tell(counts) == (1, 0, 1, 0)
    assert [(row["line"], row["Email"]) for row in read_report(other)] == [
        ("2", "ada3@people.example")
    ]


@pytest.mark.parametrize("proof", [None, PROOF], ids=["asked", "vouched"])
def test_an_address_in_two_spellings_is_one_person(
    campaign: int, tmp_path: Path, proof: object
) -> None:
    rows = [make_row(1), make_row(1, Email="Ada1+list@People.example"), make_row(2)]
    path = write_file(tmp_path / "list.csv", rows)

    _, counts = import_path(path, proof=proof)

    assert tell(counts) == (2, 0, 1, 0)
    assert "twice" in read_report(path)[0]["reason"]


def test_who_signed_or_withdrew_before_is_left_alone(campaign: int, path: Path) -> None:
    with transaction() as session:
        whole = session.get_one(Campaign, campaign)
        make_signature(session, whole, person=make_person(email="ada1@people.example"))
        gone = make_signature(session, whole, person=make_person(email="ada2@people.example")).id
    withdraw_signature(gone)

    _, counts = import_path(path, proof=PROOF)

    assert tell(counts) == (10, 0, 1, 1)
    assert {row["Email"] for row in read_report(path)} == {
        "ada1@people.example",
        "ada2@people.example",
    }


def test_a_file_that_a_group_gets_tells_of_nobody_who_has_signed(campaign: int, path: Path) -> None:
    save_organization(OrganizationForm("main-street", "Main Street"))
    with transaction() as session:
        whole = session.get_one(Campaign, campaign)
        make_signature(session, whole, person=make_person(email="ada1@people.example"))
    rows = [make_row(1), make_row(2), make_row(3, Email="nobody")]
    path = write_file(path, rows)

    _, counts = import_path(path, group="main-street")

    assert tell(counts) == (1, 1, 1, 0)
    assert [row["line"] for row in read_report(path)] == ["4"]


def test_what_is_refused_is_named_with_its_line_and_the_rest_is_imported(
    campaign: int, tmp_path: Path
) -> None:
    rows = [
        make_row(1),
        make_row(2, ZIP="99999"),
        make_row(3, Email="@"),
        make_row(4, **{"First name": "123", "Last name": ""}),
        make_row(5, **{"First name": "=cmd|' /C calc'!A0"}),
        make_row(6),
    ]
    path = write_file(tmp_path / "list.csv", rows)

    _, counts = import_path(path)

    assert counts.rows == 6
    assert counts.signed + counts.refused == 6
    report = read_report(path)
    assert {"3", "4", "5"} <= {row["line"] for row in report}
    assert all(row["reason"] for row in report)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in report for cell in row.values())
    assert (path.with_name("refused.csv").stat().st_mode & 0o777) == 0o600


def test_the_corrected_refused_file_can_be_imported(campaign: int, tmp_path: Path) -> None:
    path = write_file(tmp_path / "list.csv", [make_row(1), make_row(2, ZIP="99999")])
    import_path(path)
    report = path.with_name("refused.csv")
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(report.read_text("utf-8-sig").replace("99999", "02139"), "utf-8")
    report.unlink()

    _, counts = import_path(corrected)

    assert tell(counts) == (1, 0, 0, 0)
    assert list_emails() == ["ada1@people.example", "ada2@people.example"]


def test_days_words_and_boxes_are_read(campaign: int, tmp_path: Path) -> None:
    save_organization(OrganizationForm("main-street", "Main Street"))
    join_campaign("main-street", SLUG, {"updates": "Main Street may write to me."})
    headings = (*HEADINGS, "Date", "Comment", "publish_comment", "consent_updates_main-street")
    rows = [
        (*make_row(1), "11/02/2026", "Our street needs it.", "yes", "1"),
        (*make_row(2), "2026-11-03T10:00:00Z", "", "", ""),
        (*make_row(3), "tomorrow", "", "", ""),
        (*make_row(4), "2999-01-01", "", "", ""),
    ]
    path = write_file(tmp_path / "list.csv", rows, headings)

    _, counts = import_path(path)

    assert tell(counts) == (2, 2, 0, 0)
    first, second = db.session.scalars(select(Signature).order_by(Signature.id))
    assert first.created_at == datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert second.created_at == datetime(2026, 11, 3, 10, tzinfo=UTC)
    assert first.person is not None and first.person.comment == "Our street needs it."
    assert first.comment_state is not None and second.comment_state is None
    assert db.session.scalars(select(Consent.signature_id)).all() == [first.id]


def test_a_closed_campaign_takes_none(campaign: int, path: Path) -> None:
    with transaction() as session:
        session.get_one(Campaign, campaign).state = CampaignState.CLOSED
    keep_for_app(open_campaigns.EXTENSION, dict).clear()

    with pytest.raises(CampaignNotOpen):
        import_path(path)

    assert list_emails() == []


def test_a_run_that_breaks_off_continues_where_it_was(
    campaign: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "PIECE", 3)
    rows = [make_row(number, ZIP="99999" if number % 4 == 0 else "02139") for number in range(20)]
    path = write_file(tmp_path / "list.csv", rows)

    def stop(counts: Counts) -> None:
        if counts.rows >= 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_path(path, tell=stop)
    assert [line.finished_at for line in list_batches()] == [None]
    # As a run leaves it that was killed between the file and the commit.
    with path.with_name("refused.csv").open("a") as report:
        report.write("half a row")
    _, counts = import_path(path)

    assert tell(counts) == (15, 5, 0, 0)
    assert len(list_emails()) == 15
    assert [row["line"] for row in read_report(path)] == ["2", "6", "10", "14", "18"]
    actions = db.session.scalars(select(Event.action).where(Event.subject == "import")).all()
    assert sorted(actions) == ["import.finished", "import.started"]


def test_two_runs_of_one_file_store_each_row_once(
    campaign: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "PIECE", 4)
    begun = False

    def run_another(counts: Counts) -> None:
        nonlocal begun
        if counts.rows and not begun:
            begun = True
            import_path(path)

    with pytest.raises(ImportRefused, match="another process"):
        import_path(path, tell=run_another)

    assert len(list_emails()) == len(set(list_emails())) == 12
    assert [line.rows_done for line in list_batches()] == [12]


def test_other_columns_or_another_proof_are_another_import(campaign: int, path: Path) -> None:
    import_path(path)

    with pytest.raises(ImportRefused, match="other columns"):
        import_path(path, chosen={"given_name": "Last name"})
    with pytest.raises(ImportRefused, match="another proof"):
        import_path(path, proof=PROOF)


def test_an_undone_import_leaves_nobody_and_can_be_made_again(campaign: int, path: Path) -> None:
    batch_id, _ = import_path(path, proof=PROOF)

    undone = undo_batch(batch_id, actor="cli", tell=lambda done, total: None)

    assert undone == 12
    assert list_emails() == []
    assert count_states() == {SignatureState.ERASED: 12}
    assert db.session.scalars(select(ImportProof.batch_id)).all() == []
    again, counts = import_path(path)
    assert again != batch_id
    assert tell(counts) == (12, 0, 0, 0)


def test_who_confirmed_by_a_link_stays_when_their_import_is_undone(
    campaign: int, path: Path
) -> None:
    batch_id, _ = import_path(path)
    with transaction() as session:
        first = session.scalars(select(Signature).order_by(Signature.id)).first()
        assert first is not None
        first.state, first.seat = SignatureState.CONFIRMED, 1
        first.confirmed_at = first.proved_at = utcnow()

    assert undo_batch(batch_id, actor="cli", tell=lambda done, total: None) == 11
    assert list_emails() == ["ada0@people.example"]
    assert undo_batch(batch_id, actor="cli", everyone=True, tell=lambda done, total: None) == 1
    assert list_emails() == []


def test_no_row_follows_an_undone_import(
    campaign: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "PIECE", 4)
    undone: list[int] = []

    def undo(counts: Counts) -> None:
        if counts.rows and not undone:
            batch_id = db.session.scalars(select(ImportBatch.id)).one()
            db.session.rollback()
            undone.append(undo_batch(batch_id, actor="cli", tell=lambda done, total: None))

    with pytest.raises(ImportRefused, match="was undone"):
        import_path(path, tell=undo)

    assert undone == [4]
    assert list_emails() == []


def test_a_suspended_organization_gets_no_consent_of_a_list(campaign: int, tmp_path: Path) -> None:
    save_organization(OrganizationForm("main-street", "Main Street"))
    join_campaign("main-street", SLUG, {"updates": "Main Street may write to me."})
    with transaction() as session:
        session.execute(update(Organization).values(state=OrganizationState.SUSPENDED))
    headings = (*HEADINGS, "consent_updates_main-street")

    _, counts = import_path(write_file(tmp_path / "a.csv", [(*make_row(1), "yes")], headings))

    assert tell(counts) == (1, 0, 0, 0)
    assert db.session.scalars(select(Consent.id)).all() == []


def test_where_groups_share_by_own_link_a_list_gives_no_consent(
    campaign: int, tmp_path: Path
) -> None:
    save_organization(OrganizationForm("main-street", "Main Street"))
    join_campaign("main-street", SLUG, {"updates": "Main Street may write to me."})
    with transaction() as session:
        session.execute(update(Campaign).values(sharing="own-link"))
    headings = (*HEADINGS, "consent_updates_main-street")

    _, counts = import_path(write_file(tmp_path / "a.csv", [(*make_row(1), "yes")], headings))

    assert tell(counts) == (1, 0, 0, 0)
    assert db.session.scalars(select(Consent.id)).all() == []
