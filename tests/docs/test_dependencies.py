"""docs/decisions/dependencies.md lists what pyproject.toml asks for."""

import re
import tomllib

from tests.docs.pages import DOCS, ROOT, read_table


def test_every_runtime_dependency_is_listed_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {re.split(r"[\[<>=!~; ]", line)[0] for line in project["dependencies"]}

    listed = [row[0] for row in read_table(DOCS / "decisions" / "dependencies.md", "package")]

    assert sorted(listed) == sorted(asked)


def test_every_extra_is_mentioned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (DOCS / "decisions" / "dependencies.md").read_text("utf-8")

    for lines in project.get("optional-dependencies", {}).values():
        for line in lines:
            assert re.split(r"[\[<>=!~; ]", line)[0] in text
