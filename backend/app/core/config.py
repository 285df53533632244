"""The settings: read once by the doors and Alembic, frozen, and passed down from there."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import URL
from typing_extensions import override

from app.core.mail_route import parse_mail_url, parse_sender
from app.core.places import clean_locale, clean_timezone
from app.core.policy import Role
from app.core.sizing import Sizes

SHORTEST_SECRET = 32
FEWEST_DISTINCT_CHARACTERS = 10

# Keys that stand in public tutorials and templates, and fragments that give a placeholder away.
_WELL_KNOWN_KEYS = {"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"}
_PLACEHOLDERS = ("changeme", "changethis", "change_me", "change-me", "secret", "example", "your-")


class SettingsError(Exception):
    """Some settings are wrong; the message names all of them, and never a value."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a setting whose file cannot be read."""

    path: str
    reason: str


class SecretFiles(PydanticBaseSettingsSource):
    """Reads a setting NAME from the file that NAME_FILE names, as Docker images do."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the stripped content of the file for one field, or None without NAME_FILE.

        What cannot be read is returned as such, so that it is named beside all else that is wrong.
        """
        path = os.environ.get(f"{field_name.upper()}_FILE", "")
        if not path or not _is_secret(field):
            return None, field_name, False
        try:
            return Path(path).read_text("utf-8").strip(), field_name, False
        except OSError as error:
            return Unreadable(path, error.strerror or "unknown"), field_name, False
        except ValueError:
            return Unreadable(path, "it is not written in UTF-8"), field_name, False

    @override
    def __call__(self) -> dict[str, Any]:
        """Return every setting that has such a file."""
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


class Settings(BaseSettings, Sizes):
    """Everything that an operator can set, each by the environment variable of the same name."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    secret_key: SecretStr = Field(
        description="Signs tokens and links, and seals the secrets of authenticator apps: 32 "
        "random characters or more. Also as SECRET_KEY_FILE."
    )
    secret_key_previous: SecretStr = Field(
        SecretStr(""), description="The signing key before this one: what it signed stays good."
    )
    db_host: str = Field("127.0.0.1", description="PostgreSQL's host, or the folder of its socket.")
    db_port: int = Field(5432, ge=1, le=65535, description="PostgreSQL's port.")
    db_name: str = Field("galley", description="The database.")
    db_user: str = Field("galley", description="The role that the service runs as.")
    db_password: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="That role's password. Also as DB_PASSWORD_FILE.",
    )
    db_pool_timeout: float = Field(
        2, gt=0, le=60, description="Seconds to wait for a connection before answering 503."
    )
    access_token_minutes: int = Field(
        15, ge=1, le=1440, description="How long an access token lasts; then it is renewed."
    )
    session_idle_days: int = Field(
        14, ge=1, le=365, description="Days after which a sign-in that is not used ends."
    )
    session_days: int = Field(
        90, ge=1, le=3650, description="Days after which every sign-in ends, however much used."
    )
    registration: Literal["open", "invite", "closed"] = Field(
        "open",
        description="`open`: anyone can make an account. `invite`: only who has an invitation. "
        "`closed`: only administrators make accounts.",
    )
    email_verification: Literal["off", "publish", "sign_in"] = Field(
        "off", description="What an account may not do before its e-mail address is proven."
    )
    password_blocklist: bool = Field(
        True, description="Refuse the 10,000 commonest passwords. Off only for conformance runs."
    )
    invitation_days: int = Field(7, ge=1, le=365, description="Days that an invitation is good.")
    second_factor_roles: Annotated[tuple[Role, ...], NoDecode] = Field(
        (), description="Roles that have to have a second factor, separated by commas."
    )
    default_role: Literal["reader", "author"] = Field(
        "author", description="The role of a new account."
    )
    backend_cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may call the API, separated by commas."
    )
    site_url: str = Field(
        "http://localhost:8080",
        description="The public address of the site. Links in mails lead there; with https, "
        "cookies are Secure; passkeys belong to its host.",
    )
    site_title: str = Field("Galley", max_length=200, description="The name of the site.")
    site_description: str = Field("", max_length=500, description="What the site is about.")
    site_locale: str = Field("en", description="The language of the site (BCP 47): `en-GB`.")
    site_timezone: str = Field("UTC", description="The time zone of the site (IANA's name).")
    article_path: str = Field(
        "/articles/{slug}", description="Where the front end shows an article, with `{slug}` in it."
    )
    account_path: str = Field(
        "/account/{action}#token={token}",
        description="Where links in mails lead: `{action}` is `verify-email`, `change-email`, "
        "`reset-password` or `accept-invitation`.",
    )
    mail_url: SecretStr = Field(
        SecretStr("file:mail"),
        description="How mail leaves: `smtp://`, `smtps://`, `file:` a folder, or `console:`.",
    )
    mail_from: str = Field(
        "Galley <no-reply@localhost>", description="The sender of all mail, with or without a name."
    )
    oidc_issuer: str = Field("", description="The OpenID provider to sign in with, by its issuer.")
    oidc_client_id: str = Field("", description="How that provider knows this site.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="The secret shared with it. Also as OIDC_CLIENT_SECRET_FILE."
    )
    oidc_name: str = Field("", max_length=50, description="The provider's name, for a button.")
    video_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        ("www.youtube-nocookie.com", "www.youtube.com", "player.vimeo.com"),
        description="Hosts whose players may be embedded in articles, separated by commas.",
    )
    revisions_kept: int = Field(
        100, ge=2, le=10_000, description="Unpublished versions kept in an article's history."
    )
    comments: Literal["open", "moderated", "members", "closed"] = Field(
        "open",
        description="Who may comment: `open` (whoever is signed in), `moderated` (shown once "
        "somebody has looked), `members` (read and written only by who is signed in), `closed`.",
    )
    comments_hold_first: bool = Field(
        False, description="Hold the first comment of each account until somebody has looked."
    )
    comment_depth: int = Field(3, ge=1, le=10, description="How deep answers to comments nest.")
    comment_edit_minutes: int = Field(
        15, ge=0, le=1440, description="Minutes in which whoever wrote a comment can change it."
    )
    comment_links: int = Field(
        3, ge=0, le=100, description="A comment with more links than that is held."
    )
    compat_apis: Annotated[tuple[Literal["realworld"], ...], NoDecode] = Field(
        (), description="Other systems' APIs that are spoken too, separated by commas: `realworld`."
    )
    preview_days: int = Field(7, ge=1, le=365, description="Days that a preview link works.")
    bin_days: int = Field(
        30, ge=1, le=3650, description="Days that a deleted article is safe in the bin."
    )
    audit_days: int = Field(365, ge=30, le=3650, description="Days that the audit log is kept.")
    attempts_per_account: int = Field(
        10, ge=1, le=100_000, description="Wrong passwords before an account's sign-ins slow down."
    )
    attempts_per_address: int = Field(
        30,
        ge=1,
        le=1_000_000,
        description="Sign-ins that fail or resets from one address in 15 minutes; ten times "
        "as many registrations, and as many comments and reports of one account.",
    )
    request_timeout: float = Field(
        10, gt=0, le=300, description="Seconds that one request may take before it is answered 504."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least serious thing that is logged."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="`json`: one object a line. `console`: for reading."
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1", description="Proxies whose X-Forwarded headers are believed."
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A value wins over a file."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @classmethod
    def load(cls) -> Self:
        """Read the environment; raise SettingsError with one line for each bad setting."""
        try:
            return cls()
        except ValidationError as error:
            lines = "\n".join(f"  {line}" for line in _complaints(error))
            raise SettingsError(f"Galley cannot start with these settings:\n{lines}") from None

    @classmethod
    def load_or_exit(cls) -> Self:
        """Do the same for a door: end the process with the message instead of a traceback."""
        try:
            return cls.load()
        except SettingsError as error:
            raise SystemExit(str(error)) from None

    @field_validator("*", mode="before")
    @classmethod
    def _was_readable(cls, value: object) -> object:
        if isinstance(value, Unreadable):
            raise ValueError(f"cannot read {value.path}: {value.reason}")  # noqa: TRY004 - Pydantic collects ValueErrors
        return value

    @field_validator("secret_key", "secret_key_previous")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        key = value.get_secret_value()
        if not key and info.field_name == "secret_key_previous":
            return value
        if len(key) < SHORTEST_SECRET:
            raise ValueError(f"is too short: at least {SHORTEST_SECRET} characters")
        lowered = key.lower()
        is_placeholder = any(words in lowered for words in _PLACEHOLDERS)
        if key in _WELL_KNOWN_KEYS or is_placeholder or len(set(key)) < FEWEST_DISTINCT_CHARACTERS:
            raise ValueError("is well known or easy to guess: make one with `openssl rand -hex 32`")
        return value

    @field_validator(
        "backend_cors_origins", "compat_apis", "second_factor_roles", "video_hosts", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(
                part.strip("\"' ") for part in value.strip("[] ").split(",") if part.strip()
            )
        return value

    @field_validator("backend_cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, _, host = origin.partition("://")
            if scheme not in {"http", "https"} or not host or set(host) & set("/*?#@ "):
                raise ValueError(f"{origin!r} is not an origin such as https://example.com")
        return value

    @field_validator("site_url")
    @classmethod
    def _is_a_web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("must be a web address, such as https://example.com")
        return value.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        is_here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
        is_safe = parts.scheme == "https" and parts.hostname
        if value and (not (is_safe or is_here) or parts.query or parts.fragment):
            raise ValueError("must be an https:// address; http:// only on this machine")
        return value

    @field_validator("site_locale")
    @classmethod
    def _is_a_language(cls, value: str) -> str:
        return clean_locale(value)

    @field_validator("site_timezone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        return clean_timezone(value)

    @field_validator("article_path")
    @classmethod
    def _has_room_for_the_slug(cls, value: str) -> str:
        if not value.startswith("/") or value.count("{slug}") != 1 or value.count("{") != 1:
            raise ValueError("must begin with / and have {slug} in it once")
        return value

    @field_validator("mail_url")
    @classmethod
    def _is_a_way_of_mail(cls, value: SecretStr) -> SecretStr:
        parse_mail_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_a_sender(cls, value: str) -> str:
        parse_sender(value)
        return value

    @field_validator("account_path")
    @classmethod
    def _has_room_for_the_token(cls, value: str) -> str:
        fields = {"{action}", "{token}"}
        if not value.startswith("/") or any(value.count(field) != 1 for field in fields):
            raise ValueError("must begin with / and have {action} and {token} in it once")
        return value

    @field_validator("video_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if set(host) - set("abcdefghijklmnopqrstuvwxyz0123456789.-"):
                raise ValueError(f"{host!r} is not a host name such as player.example.com")
        return value

    @field_validator("db_password")
    @classmethod
    def _is_there_for_a_network(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        over_socket = str(info.data.get("db_host", "")).startswith("/")
        if not value.get_secret_value() and not over_socket:
            raise ValueError("is missing, and the database is reached over a network")
        return value

    @property
    def database_url(self) -> URL:
        """The address of the database for SQLAlchemy with asyncpg."""
        return URL.create(
            "postgresql+asyncpg",
            username=self.db_user,
            password=self.db_password.get_secret_value() or None,
            host=self.db_host,
            port=self.db_port,
            database=self.db_name,
        )


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr


def _complaints(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False):
        # A default that follows from a setting which is wrong is no second mistake.
        if problem["type"] == "default_factory_not_called":
            continue
        name = ".".join(str(part) for part in problem["loc"][:1]).upper()
        words = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            words = "is missing"
        yield f"{name}: {words}" if name else words
