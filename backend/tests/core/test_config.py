"""The settings: read from the environment, frozen, and refused with words that help."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import Settings, SettingsError

SECRET = "7hK2pQ9sV4xZ1bN6mC8dF3gJ5lR0tY2w"
OVER_A_SOCKET = "/run/postgresql"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with nothing in it but what every start needs."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DB_HOST", OVER_A_SOCKET)
    return monkeypatch


def _refusal(environment: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    return str(caught.value)


def test_a_secret_is_all_that_must_be_set() -> None:
    settings = Settings.load()
    assert settings.secret_key.get_secret_value() == SECRET
    assert (settings.access_token_minutes, settings.registration) == (15, "open")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().db_port = 1  # type: ignore[misc]


def test_an_empty_variable_is_as_good_as_none(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DB_PORT", "")
    assert Settings.load().db_port == 5432


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_described(name: str) -> None:
    assert Settings.model_fields[name].description


def test_every_bad_setting_is_named_at_once_and_no_value_is_shown(
    environment: pytest.MonkeyPatch,
) -> None:
    said = _refusal(environment, SECRET_KEY="too-short-a-key", DB_PORT="0", REGISTRATION="maybe")
    lines = said.splitlines()
    assert lines[0] == "Galley cannot start with these settings:"
    assert [line.strip().partition(":")[0] for line in lines[1:]] == [
        "SECRET_KEY",
        "DB_PORT",
        "REGISTRATION",
    ]
    assert "too-short-a-key" not in said


def test_a_missing_secret_is_missed(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SECRET_KEY")
    with pytest.raises(SettingsError, match="SECRET_KEY: is missing"):
        Settings.load()


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("7hK2pQ9sV4xZ1bN6mC8dF3gJ5lR0tY2", "too short"),
        ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "well known"),
        ("changeme-changeme-changeme-0123456789", "well known"),
        ("My-Super-SECRET-key-0123456789-abcdef", "well known"),
        ("abcabcabcabcabcabcabcabcabcabcabcabc", "easy to guess"),
    ],
)
def test_a_guessable_secret_is_refused(
    environment: pytest.MonkeyPatch, key: str, reason: str
) -> None:
    said = _refusal(environment, SECRET_KEY=key)
    assert reason in said
    assert key not in said


def test_a_secret_can_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from-the-file\n")
    environment.setenv("DB_PASSWORD_FILE", str(file))
    assert Settings.load().db_password.get_secret_value() == "from-the-file"


def test_a_value_wins_over_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from-the-file")
    environment.setenv("DB_PASSWORD_FILE", str(file))
    environment.setenv("DB_PASSWORD", "from-the-value")
    assert Settings.load().db_password.get_secret_value() == "from-the-value"


def test_files_that_cannot_be_read_are_named_beside_all_else(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = tmp_path / "password"
    binary.write_bytes(b"\xff\xfe")
    environment.delenv("SECRET_KEY")
    said = _refusal(
        environment, SECRET_KEY_FILE="/nowhere/key", DB_PASSWORD_FILE=str(binary), DB_PORT="0"
    )
    assert said.splitlines()[1:] == [
        "  SECRET_KEY: cannot read /nowhere/key: No such file or directory",
        "  DB_PORT: Input should be greater than or equal to 1",
        f"  DB_PASSWORD: cannot read {binary}: it is not written in UTF-8",
    ]


def test_a_value_makes_an_unreadable_file_irrelevant(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SECRET_KEY_FILE", "/nowhere/key")
    assert Settings.load().secret_key.get_secret_value() == SECRET


def test_a_door_ends_with_the_message_instead_of_a_traceback(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("DB_PORT", "many")
    with pytest.raises(SystemExit, match="Galley cannot start with these settings"):
        Settings.load_or_exit()
    environment.delenv("DB_PORT")
    assert Settings.load_or_exit() == Settings.load()


def test_only_secrets_come_from_files(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("1234")
    environment.setenv("DB_PORT_FILE", str(tmp_path / "port"))
    assert Settings.load().db_port == 5432


@pytest.mark.parametrize(
    ("written", "origins"),
    [
        ("", ()),
        ("https://example.com", ("https://example.com",)),
        (
            "https://a.example, http://localhost:3000",
            ("https://a.example", "http://localhost:3000"),
        ),
        ('["https://a.example", "https://b.example"]', ("https://a.example", "https://b.example")),
    ],
)
def test_origins_are_separated_by_commas(
    environment: pytest.MonkeyPatch, written: str, origins: tuple[str, ...]
) -> None:
    environment.setenv("BACKEND_CORS_ORIGINS", written)
    assert Settings.load().backend_cors_origins == origins


@pytest.mark.parametrize(
    "origin",
    ["*", "example.com", "ftp://example.com", "https://", "https://example.com/",
     "https://*.example.com", "https://anna@example.com"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(environment: pytest.MonkeyPatch, origin: str) -> None:
    assert "is not an origin" in _refusal(environment, BACKEND_CORS_ORIGINS=origin)


def test_origins_may_be_given_as_a_tuple(environment: pytest.MonkeyPatch) -> None:
    settings = Settings(backend_cors_origins=("https://a.example",))
    assert settings.backend_cors_origins == ("https://a.example",)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SITE_URL", "https://river.example.com/", "https://river.example.com"),
        ("SITE_URL", "https://example.com/blog/", "https://example.com/blog"),
        ("SITE_LOCALE", "PT-br", "pt-BR"),
        ("SITE_TIMEZONE", "Europe/Dublin", "Europe/Dublin"),
        ("ARTICLE_PATH", "/{slug}", "/{slug}"),
        ("ARTICLE_PATH", "/blog/{slug}/", "/blog/{slug}/"),
        ("VIDEO_HOSTS", "player.example.com, video.example.org",
         ("player.example.com", "video.example.org")),
        ("REVISIONS_KEPT", "2", 2),
        ("REVISIONS_KEPT", "10000", 10_000),
        ("PREVIEW_DAYS", "365", 365),
        ("BIN_DAYS", "1", 1),
    ],
)  # fmt: skip
def test_the_site_and_the_desk_are_set(
    environment: pytest.MonkeyPatch, name: str, value: str, expected: object
) -> None:
    environment.setenv(name, value)
    assert getattr(Settings.load(), name.lower()) == expected


def test_without_words_the_site_and_the_desk_are_as_most_want_them() -> None:
    settings = Settings.load()
    assert (settings.site_title, settings.site_locale, settings.site_timezone) == (
        "Galley", "en", "UTC",
    )  # fmt: skip
    assert (settings.site_url, settings.article_path) == (
        "http://localhost:8080", "/articles/{slug}",
    )  # fmt: skip
    assert (settings.revisions_kept, settings.preview_days, settings.bin_days) == (100, 7, 30)
    assert "player.vimeo.com" in settings.video_hosts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_URL", "river.example.com"),
        ("SITE_URL", "ftp://example.com"),
        ("SITE_URL", "https://"),
        ("SITE_URL", "https://example.com/?x"),
        ("SITE_TITLE", "x" * 201),
        ("SITE_DESCRIPTION", "x" * 501),
        ("SITE_LOCALE", "english"),
        ("SITE_LOCALE", "en_GB.UTF-8"),
        ("SITE_TIMEZONE", "Dublin"),
        ("SITE_TIMEZONE", "../etc/passwd"),
        ("ARTICLE_PATH", "articles/{slug}"),
        ("ARTICLE_PATH", "/articles/"),
        ("ARTICLE_PATH", "/{slug}/{slug}"),
        ("ARTICLE_PATH", "/{year}/{slug}"),
        ("VIDEO_HOSTS", "https://player.example.com"),
        ("VIDEO_HOSTS", "*.example.com"),
        ("VIDEO_HOSTS", "Player.example.com"),
        ("REVISIONS_KEPT", "1"),
        ("REVISIONS_KEPT", "10001"),
        ("PREVIEW_DAYS", "0"),
        ("PREVIEW_DAYS", "366"),
        ("BIN_DAYS", "0"),
        ("BIN_DAYS", "3651"),
    ],
)
def test_what_the_site_and_the_desk_cannot_be_is_refused(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    said = _refusal(environment, **{name: value})
    assert said.splitlines()[1].startswith(f"  {name}: ")


def test_a_database_over_a_network_needs_a_password(environment: pytest.MonkeyPatch) -> None:
    said = _refusal(environment, DB_HOST="db")
    assert said.splitlines()[1:] == [
        "  DB_PASSWORD: is missing, and the database is reached over a network"
    ]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (
            {"db_host": "db", "db_password": "p@ss/word"},
            "postgresql+asyncpg://galley:p%40ss%2Fword@db:5432/galley",
        ),
        (
            {"db_host": OVER_A_SOCKET, "db_port": 5433},
            "postgresql+asyncpg://galley@/run/postgresql:5433/galley",
        ),
    ],
    ids=["network", "socket"],
)
def test_the_database_has_one_address(given: dict[str, Any], address: str) -> None:
    assert Settings(**given).database_url.render_as_string(hide_password=False) == address
