"""What the site is made of."""

import pytest

from app.core.config import Settings
from app.core.policy import Role
from app.features.site import rules
from app.models import User

KEY = "3vQ8mZ1tR6yK0pW9xL4cB7nD2fH5jG8s"


def settings(**values: str) -> Settings:
    return Settings(secret_key=KEY, db_password="none", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", list(Role))
def test_administrators_may_edit_the_site(role: Role) -> None:
    assert rules.may_edit(User(role=role)) is (role is Role.ADMIN)


def test_edits_lie_over_the_settings() -> None:
    site = rules.shown({"title": "River"}, 3, settings(site_title="Lake", site_locale="de"))
    assert (site.title, site.locale, site.version) == ("River", "de", 3)


def test_an_edit_that_the_settings_have_come_to_say_is_dropped() -> None:
    edits = {"title": "River", "locale": "de"}
    same = settings(site_title="River")
    assert rules.edited(edits, {"description": "Of water."}, same) == {
        "locale": "de",
        "description": "Of water.",
    }
