"""docs/roles.md has the table of permissions by role that the service uses."""

from petition.accounts.permissions import PERMISSIONS, WITHOUT_SECOND_FACTOR, Permission
from petition.models import RoleName
from tests.docs.pages import DOCS


def read_table() -> list[list[str]]:
    """Return the cells of each line of the table, the head first."""
    lines = [line for line in (DOCS / "roles.md").read_text().split("\n") if line[:1] == "|"]
    cells = [[cell.strip().strip("`") for cell in line[1:-1].split("|")] for line in lines]
    return [cells[0], *cells[2:]]


def test_the_table_of_the_docs_is_that_of_the_service() -> None:
    head, *lines = read_table()

    assert head == ["permission", "allows", *RoleName, "second factor"]
    assert [line[0] for line in lines] == [*Permission]
    for name, words, *cells, factor in lines:
        permission = Permission(name)
        held = {role for role, cell in zip(RoleName, cells, strict=True) if cell == "yes"}
        assert set(cells) <= {"yes", ""} and words
        assert held == {role for role, given in PERMISSIONS.items() if permission in given}, name
        assert (factor == "yes") is (permission not in WITHOUT_SECOND_FACTOR), name


def test_each_role_is_described() -> None:
    text = (DOCS / "roles.md").read_text()

    assert [role for role in RoleName if f"- `{role}`:" not in text] == []
