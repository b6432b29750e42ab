"""The migrations and the models say the same, on both databases."""

import pytest
from flask.ctx import AppContext
from flask_migrate import check, downgrade, upgrade


def test_the_head_of_the_migrations_equals_the_models(context: AppContext) -> None:
    check()


@pytest.mark.own_database
def test_every_migration_goes_down_and_up_again(context: AppContext) -> None:
    downgrade(revision="base")
    upgrade()
    check()
