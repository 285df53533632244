"""Which keys somebody may make, and how long these are good: decisions without I/O."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.policy import Role, Scope, may_hold
from app.features.keys.errors import AlreadyExpired, ScopeAboveRole, TwoExpiries
from app.features.keys.schemas import KeyCreate

MOST_KEYS = 50


def check_scopes(scopes: Sequence[Scope], role: Role) -> None:
    """Raise ScopeAboveRole for a scope that somebody with this role could not use at all."""
    for scope in scopes:
        if not may_hold(role, scope):
            raise ScopeAboveRole(f"Your role may not do what the scope `{scope}` is for")


def expiry_of(new: KeyCreate, at: datetime) -> datetime | None:
    """Return when a new key is to expire; raise TwoExpiries or AlreadyExpired."""
    if new.expires_in_days is not None:
        if new.expires_at is not None:
            raise TwoExpiries(field="expires_in_days")
        return at + timedelta(days=new.expires_in_days)
    if new.expires_at is not None and new.expires_at <= at:
        raise AlreadyExpired(field="expires_at")
    return new.expires_at
