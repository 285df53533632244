"""Where a change comes from: what the audit log says beside who did what."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

LONGEST_USER_AGENT = 300

_KEY = "provenance"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whose work a transaction is, and by what way it came."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    account_id: int | None = None


def mark(session: AsyncSession, provenance: Provenance) -> None:
    """Say where the work of a session comes from, for all who work in it."""
    session.info[_KEY] = provenance


def mark_account(session: AsyncSession, account_id: int) -> None:
    """Say whose work it is, as soon as that is known."""
    mark(session, replace(provenance_of(session), account_id=account_id))


def provenance_of(session: AsyncSession) -> Provenance:
    """Return where the work of a session comes from: nowhere in particular unless it was marked."""
    known: Provenance = session.info.get(_KEY, Provenance())
    return known
