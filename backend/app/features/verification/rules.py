"""Which links are good, how long, and where they lead: decisions without I/O."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from app.core.config import Settings
from app.core.tokens import Purpose
from app.features.auth.errors import InactiveUser
from app.features.mail.schemas import Mail
from app.features.site.schemas import SiteRead
from app.features.verification.errors import BadLink, LinkUsedUp
from app.models import Proof, User

# Who resets a password waits for the mail. The link opens the account, so it is good for no longer
# than that takes.
RESET_LIFETIME = timedelta(minutes=10)
# Who registers may read the mail in the evening, or the next morning. The link only confirms.
CONFIRM_LIFETIME = timedelta(hours=24)

LIFETIMES: Mapping[Purpose, timedelta] = {
    Purpose.VERIFY_EMAIL: CONFIRM_LIFETIME,
    Purpose.CHANGE_EMAIL: CONFIRM_LIFETIME,
    Purpose.RESET_PASSWORD: RESET_LIFETIME,
}
# What a link does: the name of its template, and of the page that it leads to.
ACTIONS: Mapping[Purpose, str] = {
    Purpose.VERIFY_EMAIL: "verify-email",
    Purpose.CHANGE_EMAIL: "change-email",
    Purpose.RESET_PASSWORD: "reset-password",
}


def new_proof(user: User, purpose: Purpose, email: str, at: datetime) -> Proof:
    """Return a link that shows who reads the mail of an address, from now on."""
    expires_at = at + LIFETIMES[purpose]
    return Proof(
        user_id=user.id, purpose=purpose, email=email, created_at=at, expires_at=expires_at
    )


def check_good(proof: Proof, user: User, *, newest_id: int | None, at: datetime) -> None:
    """Raise BadLink, LinkUsedUp or InactiveUser unless a link may do what it is for.

    Only the newest for its purpose is good, and only while the account has the address that the
    link was sent to (or, to change it, does not have it yet).
    """
    if proof.used_at is not None:
        raise LinkUsedUp
    is_elsewhere = proof.purpose != Purpose.CHANGE_EMAIL and proof.email != user.email
    if proof.expires_at <= at or proof.id != newest_id or is_elsewhere:
        raise BadLink
    if not user.is_active:
        raise InactiveUser


def is_pending(proof: Proof, at: datetime) -> bool:
    """Say whether a link still waits for somebody to follow it."""
    return proof.used_at is None and proof.expires_at > at


def link(purpose: Purpose, token: str, settings: Settings) -> str:
    """Return where a link leads: an address of the site, whatever host a request was sent to."""
    path = settings.account_path.replace("{action}", ACTIONS[purpose])
    return settings.site_url + path.replace("{token}", token)


def letter(proof: Proof, token: str, *, site: SiteRead, settings: Settings) -> Mail:
    """Return the mail that brings a link. It names nobody: anyone may type anyone's address."""
    purpose = Purpose(proof.purpose)
    lifetime = LIFETIMES[purpose]
    values = {"site_title": site.title, "link": link(purpose, token, settings)}
    if purpose is Purpose.RESET_PASSWORD:
        values["minutes"] = str(lifetime // timedelta(minutes=1))
    else:
        values["hours"] = str(lifetime // timedelta(hours=1))
    return Mail(
        template=ACTIONS[purpose],
        to=proof.email,
        locale=site.locale,
        values=values,
        id=f"{proof.id}-{int(proof.created_at.timestamp())}",
    )


def notice(template: str, to: str, site: SiteRead) -> Mail:
    """Return the mail that tells the owner of an account what has been done to it."""
    values = {"site_title": site.title, "site_url": site.url}
    return Mail(template=template, to=to, locale=site.locale, values=values)


def search_key(purpose: Purpose, email: str) -> str:
    """Return what makes two wishes for the same link the same wish."""
    return hashlib.sha256(f"{purpose} {email.lower()}".encode()).hexdigest()
