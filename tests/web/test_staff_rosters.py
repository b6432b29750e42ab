"""Rosters in the browser: the report first, then the import of exactly that file."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from petition.bulk.rosters.roster_problems import RosterProblem
from petition.bulk.rosters.roster_receipt import LARGEST_ROSTER, clean_name, import_kept
from petition.core.errors import UserError
from petition.core.extensions import db, transaction
from petition.models import Event, Official, Post, RoleName, RosterPiece, RosterUpload
from tests.officials.world import (
    BODIES_HEADER,
    FULL,
    describe,
    import_files,
    lay_massachusetts,
    write_yaml,
)
from tests.web.staff_world import BASE, enter, find_token, get, post

BOARD = "ocd-division/country:us/state:ma/sldl:1st_essex"
BODY = f"{BOARD},board,School Board,Dear Members of the Board,desk@board.example,1 Lane;Town MA,,"


@pytest.fixture(autouse=True)
def districts(app: Flask) -> None:
    """Four senate and two house districts."""
    with app.app_context():
        lay_massachusetts()


def send(
    browser: FlaskClient, token: str, content: bytes, name: str = "bodies.csv", **fields: str
) -> TestResponse:
    """Upload a file."""
    form = {"csrf_token": token, "file": (io.BytesIO(content), name), **fields}
    return browser.post(
        "/staff/officials/rosters", data=form, base_url=BASE, headers={"Origin": BASE}
    )


def write(*rows: str) -> bytes:
    """Return a CSV for bodies."""
    return "\n".join([BODIES_HEADER, *rows, ""]).encode()


def pack(**files: bytes) -> bytes:
    """Return a ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return file.getvalue()


def damage(packed: bytes) -> bytes:
    """Return a ZIP whose compressed bytes are others."""
    begin = packed.index(b"a.yml") + len("a.yml")
    return packed[:begin] + b"\xff" * 20 + packed[begin + 20 :]


DAMAGED = damage(pack(**{"a.yml": b"name: Ada Example, the first of her name, " * 9}))


def find_seen(page: TestResponse) -> str:
    """Return the hash of the report that the page's form sends."""
    return page.text.partition('name="seen" value="')[2].partition('"')[0]


def count(app: Flask, table: type) -> int:
    """Return how many rows a table has."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.both_databases
def test_a_roster_is_imported_after_its_report_was_seen(app: Flask) -> None:
    browser, token = enter(app)

    answer = send(browser, token, write(BODY))
    page = get(browser, answer.location)
    before = count(app, Post)
    done = post(browser, f"{answer.location}/import", token, seen=find_seen(page))
    after = get(browser, answer.location).text
    twice = post(browser, f"{answer.location}/import", token, seen=find_seen(page))

    assert answer.status_code == 303 and before == 0
    assert "<b>1</b> new post<" in page.text and "What it would change" in page.text
    assert done.status_code == 303, done.text
    assert "What it changed" in after and 'name="seen"' not in after
    assert twice.status_code == 409 and "imported already" in twice.text
    assert count(app, Post) == 1 and count(app, RosterPiece) == 0
    with app.app_context():
        stored = db.session.scalars(select(Post)).one()
        assert (stored.title, stored.source) == ("School Board", "bodies.csv")
        event = db.session.scalars(select(Event).where(Event.action == "officials.imported")).one()
        assert event.actor.startswith("staff:") and event.subject_id == 1
        assert event.detail["posts"] == 1


def test_an_import_that_would_change_something_else_by_now_is_refused(
    app: Flask, tmp_path: Path
) -> None:
    browser, token = enter(app)
    content = write_yaml(tmp_path / "ma.yml", *FULL).read_bytes()
    answer = send(browser, token, content, "ma.yml")
    seen = find_seen(get(browser, answer.location))
    with app.app_context():
        import_files(write_yaml(tmp_path / "first.yml", *FULL[:5]), complete=True)

    late = post(browser, f"{answer.location}/import", token, seen=seen)
    people = count(app, Official)
    again = post(browser, f"{answer.location}/import", token, seen=find_seen(late))

    assert late.status_code == 409 and people == 5
    assert "would now change something else" in late.text
    assert "<b>1</b> new official<" in late.text and find_seen(late) != seen
    assert again.status_code == 303 and count(app, Official) == 6


def test_a_refused_roster_says_where_and_is_tried_with_other_options(
    app: Flask, tmp_path: Path
) -> None:
    browser, token = enter(app)
    content = write_yaml(tmp_path / "ma.yml", *FULL, describe(9, "Nowhere")).read_bytes()

    answer = send(browser, token, content, "ma.yml")
    refused = get(browser, answer.location).text
    post(browser, f"{answer.location}/check", token, skip_unjoined="1", mode="partial")
    shown = get(browser, answer.location).text
    nothing = post(browser, f"{answer.location}/import", token, seen="")

    assert "It cannot be imported" in refused and "ma.yml, document 7" in refused
    assert 'name="seen"' not in refused
    assert "Left out, because no district matches: 1" in shown and "Nowhere" in shown
    assert nothing.status_code == 409 and count(app, Post) == 0


def test_a_zip_is_read_as_its_folder(app: Flask, tmp_path: Path) -> None:
    browser, token = enter(app)
    files = {
        f"ma/legislature/{number}.yml": write_yaml(tmp_path / "one.yml", one).read_bytes()
        for number, one in enumerate(FULL)
    }
    files["ma/retired/old.yml"] = write_yaml(tmp_path / "old.yml", describe(8)).read_bytes()
    files |= {"ma/README.md": b"no roster", "__MACOSX/ma/._1.yml": b"\0"}

    answer = send(browser, token, pack(**files), "ma.zip")

    assert "<b>6</b> new officials" in get(browser, answer.location).text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "The file is empty"),
        ("a.zip", b"PK\x03\x04 no", "The ZIP cannot be unpacked"),
        ("a.zip", pack(**{"../../evil.yml": b"a: 1"}), "The ZIP cannot be unpacked"),
        ("a.zip", pack(**{"/etc/evil.yml": b"a: 1"}), "The ZIP cannot be unpacked"),
        ("a.zip", pack(readme=b"x"), "The ZIP has no roster"),
        ("a.zip", DAMAGED, "The ZIP cannot be unpacked"),
        ("a.zip", pack(**{"a.yml/b.yml": b"x", "a.yml": b"x"}), "The ZIP cannot be unpacked"),
        ("a.zip", pack(**{f"{'x' * 300}.yml": b"x"}), "The ZIP cannot be unpacked"),
        ("a.zip", pack(**{"a.csv": b"x" * 10_000_001}), "have more than 10 MB together"),
        ("a.zip", pack(**{f"{n}.yml": b"" for n in range(5_001)}), "more than 5000 files"),
        ("large.csv", b"x" * (LARGEST_ROSTER + 1), "has more than 3 MB"),
    ],
)
def test_what_is_no_roster_is_refused_at_once(
    app: Flask, name: str, content: bytes, words: str
) -> None:
    browser, token = enter(app)

    answer = send(browser, token, content, name)

    assert answer.status_code == 422 and words in answer.text
    assert count(app, RosterUpload) == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("people.json", b"[]", "its file type is not known"),
        ("letter.pdf", b"%PDF-1.7", "its file type is not known"),
        ("book.xlsx", b"PK\x03\x04", "its file type is not known"),
        ("book.csv", b"PK\x03\x04", "it is a workbook or an archive"),
        ("odd.csv", write("a,b"), "odd.csv, row 2: it has 2 cells"),
        ("odd.yml", b"a: 1\nb: [1", "odd.yml, line"),
        ("wide.csv", write(BODY).replace(b"School", b"Sch\xf6ol"), "line 2, 0xF6"),
    ],
)
def test_a_file_of_the_wrong_kind_says_where_and_what_was_expected(
    app: Flask, name: str, content: bytes, words: str
) -> None:
    browser, token = enter(app)

    page = get(browser, send(browser, token, content, name).location).text

    assert words in page and "expected" in page and "Nothing was imported." in page


def test_200_megabytes_are_refused_without_reading_them(app: Flask) -> None:
    browser, token = enter(app)

    answer = browser.post(
        "/staff/officials/rosters",
        data=b"--x\r\n",
        base_url=BASE,
        headers={"Origin": BASE, "X-CSRFToken": token},
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "200000000"},
    )

    assert answer.status_code == 413 and "smaller file" in answer.text


def test_a_reader_may_not_send_a_long_body_nor_open_these_pages(app: Flask) -> None:
    browser, token = enter(app, RoleName.READER)

    long = send(browser, token, b"x" * 1_000_000)

    assert long.status_code == 413
    for path in ("/staff/officials/rosters", "/staff/officials/bodies/new"):
        assert get(browser, path).status_code == 403
    assert get(browser, "/staff/officials/rosters/1").status_code == 403


def test_a_body_is_typed_and_goes_the_way_of_a_roster(app: Flask) -> None:
    browser, token = enter(app)
    form = {
        "division_id": BOARD,
        "source": "Their website",
        "checked": "2020-01-02",
        "role-1": "board",
        "title-1": "=School Board",
        "email-1": "desk@board.example",
        "address-1": "1 Mill Lane; Testville, MA 01000",
        "role-2": "lower",
        "name-2": "Eve Quill",
    }

    bad = post(browser, "/staff/officials/bodies/new", token, **form | {"division_id": f"{BOARD}x"})
    kept = count(app, RosterUpload)
    answer = post(browser, "/staff/officials/bodies/new", find_token(bad), **form)
    page = get(browser, answer.location)
    post(browser, f"{answer.location}/import", token, seen=find_seen(page))

    assert bad.status_code == 400 and "1st_essexx" in bad.text and kept == 0
    assert 'value="Eve Quill"' in bad.text and 'value="Their website"' in bad.text
    assert answer.status_code == 303, answer.text
    with app.app_context():
        posts = db.session.scalars(select(Post).order_by(Post.role)).all()
        assert [one.role for one in posts] == ["board", "lower"]
        assert posts[0].title == "=School Board"
        assert posts[0].source == "Their website, checked on 2020-01-02.csv"


@pytest.mark.parametrize(
    ("mode", "titles"),
    [({"mode": ""}, ["City Council"]), ({}, ["School Board", "City Council"])],
)
def test_a_typed_body_is_renamed_or_added(
    app: Flask, mode: dict[str, str], titles: list[str]
) -> None:
    browser, token = enter(app)
    form = {"division_id": BOARD, "source": "A call", "checked": "2020-01-02", "role-1": "board"}
    for title, how in (("School Board", {}), ("City Council", mode)):
        answer = post(
            browser, "/staff/officials/bodies/new", token, **form, **how, **{"title-1": title}
        )
        seen = find_seen(get(browser, answer.location))
        post(browser, f"{answer.location}/import", token, seen=seen)

    with app.app_context():
        assert list(db.session.scalars(select(Post.title).order_by(Post.id))) == titles
    link = get(browser, f"/staff/officials/bodies/new?division_id={BOARD}")
    assert f'value="{BOARD}"' in link.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Fill in at least one row."),
        ({"division_id": ""}, "Give the division id of a loaded district"),
        ({"source": ""}, "Enter where the address is from."),
        ({"role-1": "king", "title-1": "King"}, "the role is &#39;king&#39;"),
        ({"role-1": "mayor", "title-1": "Mayor"}, "the mayor has no name"),
        ({"role-1": "board", "title-1": "Board", "name-1": "Eve"}, "it names a person"),
    ],
)
def test_a_typed_body_is_refused_with_its_reason(
    app: Flask, fields: dict[str, str], words: str
) -> None:
    browser, token = enter(app)
    form = {"division_id": BOARD, "source": "A call", "checked": "2020-01-02"} | fields

    answer = post(browser, "/staff/officials/bodies/new", token, **form)

    assert answer.status_code in (400, 422) and words in answer.text
    assert count(app, RosterUpload) == 0 and count(app, Post) == 0


def test_what_was_stored_is_what_is_imported(app: Flask) -> None:
    browser, token = enter(app)
    answer = send(browser, token, write(BODY))
    seen = find_seen(get(browser, answer.location))
    with app.app_context(), transaction() as session:
        piece = session.scalars(select(RosterPiece)).one()
        piece.content = piece.content.replace(b"desk@", b"evil@")

    late = post(browser, f"{answer.location}/import", token, seen=seen)

    assert late.status_code == 409 and "The stored file is damaged" in late.text
    assert count(app, Post) == 0


def test_a_long_refusal_is_shortened(app: Flask) -> None:
    browser, token = enter(app)
    rows = [
        f"ocd-division/country:us/state:ma/place:nowhere_{n},board,B,Dear,,,," for n in range(300)
    ]

    page = get(browser, send(browser, token, write(*rows)).location).text

    assert "row 2:" in page and "more lines" in page and "row 301" not in page
    assert "Nothing was imported." in page


@pytest.mark.both_databases
def test_of_two_presses_at_once_one_imports(app: Flask) -> None:
    browser, token = enter(app)
    path = send(browser, token, write(BODY)).location
    seen = find_seen(get(browser, path))

    def press(_: int) -> int:
        with app.app_context():
            try:
                import_kept(1, seen, actor="staff:1")
            except UserError as refused:
                assert refused.problem.code == RosterProblem.IMPORTED
                return 0
            return 1

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(press, range(3))) == 1
    assert count(app, Post) == 1


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Temp\\ma.yml", "ma.yml"),
        ("..", "roster"),
        ("", "roster"),
        ("a\0b\n.csv", "ab.csv"),
        ("é" * 300 + ".yaml", "é" * 30 + ".yaml"),
        ("\U0001f5f3" * 300 + ".yml", "\U0001f5f3" * 15 + ".yml"),
        ("a" + "é" * 300 + ".csv", "a" + "é" * 29 + ".csv"),
        ("a." + "\U0001f5f3" * 300, "a." + "\U0001f5f3" * 2),
    ],
)
def test_the_name_of_an_upload_stays_in_its_folder(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned
