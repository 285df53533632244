"""What makes a password acceptable, and what a key may be used for."""

from app.core.passwords import is_common
from app.core.policy import Scope
from app.features.auth.errors import ScopeMissing, WeakPassword


def check_password(password: str, *, email: str, username: str | None, refuse_common: bool) -> None:
    """Raise WeakPassword for one of the commonest, or one that repeats the account's own names."""
    lowered = password.lower()
    if refuse_common and is_common(password):
        raise WeakPassword("This password is one of the most common ones", field="password")
    own_names = {email.lower(), email.partition("@")[0].lower(), (username or "").lower()}
    if lowered in own_names:
        raise WeakPassword("The password must not be the e-mail or the username", field="password")


def check_scope(scopes: frozenset[Scope] | None, needed: Scope) -> None:
    """Raise ScopeMissing for a key without the needed scope; a person needs none."""
    if scopes is not None and needed not in scopes:
        raise ScopeMissing(f"This needs a key with the scope `{needed}`, or somebody signed in")
