"""Whom a provider's claims describe, and where a browser goes next."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from app.core.text import Email
from app.features.oidc.errors import BadAnswer
from app.features.oidc.schemas import Person
from app.features.users.schemas import FullName

T = TypeVar("T")

# No hash begins with it, so no password is ever right.
NO_PASSWORD = "!"  # noqa: S105 - stands for the absence of one

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_NAME: TypeAdapter[str] = TypeAdapter(FullName)


def person_of(issuer: str, claims: Mapping[str, Any]) -> Person:
    """Return whom verified claims describe (OpenID Connect Core 1.0, section 5.1).

    An address that the provider does not vouch for is left out, like one or a name that we could
    not keep. Raises BadAnswer for a subject that is none.
    """
    # Some providers say it as text, against the specification.
    verified = claims.get("email_verified")
    is_verified = verified is True or verified == "true"
    email = _usable(_EMAIL, claims.get("email")) if is_verified else None
    try:
        return Person(
            issuer=issuer,
            subject=claims.get("sub", ""),
            email=email,
            name=_usable(_NAME, claims.get("name")),
        )
    except ValidationError:
        raise BadAnswer from None


def _usable(shape: TypeAdapter[T], value: object) -> T | None:
    try:
        return shape.validate_python(value, strict=True)
    except ValidationError:
        return None


def same_address(one: str, other: str) -> bool:
    """Say whether two addresses are the same, whatever their case."""
    return one.lower() == other.lower()


def destination(
    site_url: str,
    return_to: str,
    *,
    error: str | None = None,
    challenge: str | None = None,
    methods: Sequence[str] = (),
) -> str:
    """Return where on the site a browser goes, told what went wrong or is still to be shown.

    A challenge stands behind the `#`: no server, log or `Referer` ever sees that part.
    """
    address = site_url + return_to
    if error is not None:
        address += ("&" if "?" in return_to else "?") + urlencode({"sign_in_error": error})
    if challenge is not None:
        asked = {"second_factor_challenge": challenge, "second_factor_methods": ",".join(methods)}
        address += "#" + urlencode(asked, safe=",")
    return address
