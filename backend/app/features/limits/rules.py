"""What is limited and how: rates, growing delays, and whom they count for.

A rate is kept by the generic cell rate algorithm (ITU-T I.371, annex A): one moment a key, the one
at which its allowance will be whole again. Each use moves it on by an interval; what would move it
further ahead than the whole window is refused.
"""

import hashlib
import ipaddress
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from app.core.allowance import Allowance
from app.core.config import Settings

WINDOW = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
LONGEST_DELAY = timedelta(minutes=15)
NOWHERE = "unknown"

# Requests that come at once are not counted in the order of their times.
_OUT_OF_ORDER = timedelta(seconds=0.5)

_IPV6_SITE = 64
_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Limit:
    """`quota` times in a `window`: at once or spread over it, as one likes."""

    name: str
    quota: int
    window: timedelta = WINDOW

    @property
    def interval(self) -> timedelta:
        """How long it takes to be allowed one more."""
        return self.window / self.quota

    @property
    def slack(self) -> timedelta:
        """How far ahead of the time the allowance may be whole, for one more to be allowed."""
        return self.interval * (self.quota - 1)

    def latest(self, at: datetime) -> datetime:
        """Return until when the allowance may be whole, for one more to be allowed at a moment."""
        return at + self.slack + min(_OUT_OF_ORDER, self.interval / 2)

    def allowance(self, full_at: datetime, at: datetime) -> Allowance:
        """Return what is left at a moment, when all is there again at `full_at`."""
        ahead = min(max(full_at - at, timedelta()), self.window)
        remaining = max((self.interval * self.quota - ahead) // self.interval, 0)
        window, reset = whole_seconds(self.window), whole_seconds(ahead)
        return Allowance(self.name, self.quota, window, remaining, reset)

    def wait(self, full_at: datetime, at: datetime) -> int:
        """Return in how many seconds one more is allowed, when it was just refused."""
        return max(whole_seconds(full_at - self.slack - at), 1)


@dataclass(frozen=True, slots=True)
class Charge:
    """One use of a limit by somebody."""

    limit: Limit
    subject: str

    @property
    def key(self) -> str:
        """Whose allowance of what."""
        return f"{self.limit.name}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Patience:
    """So many failures are free; after each further one the next try has to wait, ever longer."""

    name: str
    free: int
    longest: timedelta = LONGEST_DELAY

    def delay(self, failures: int) -> timedelta:
        """Return the wait after so many failures: nothing, then 2, 4, 8 … seconds, to a cap."""
        doublings = min(failures - self.free + 1, _MOST_DOUBLINGS)
        return min(timedelta(seconds=2**doublings), self.longest) if doublings > 0 else timedelta()

    def allowance(self, wait: int) -> Allowance:
        """Return what is left, which is nothing, for `wait` seconds."""
        return Allowance(self.name, self.free, whole_seconds(self.longest), 0, wait)


def whole_seconds(duration: timedelta) -> int:
    """Return the seconds of a duration, a part of one counted as a whole one."""
    return ceil(duration.total_seconds())


def place(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 that an IPv6 site is given.

    All that is no address, such as a Unix socket, is one place.
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return NOWHERE
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, _IPV6_SITE), strict=False))


def account_subject(login: str, account_id: int | None) -> str:
    """Return whom a login counts for: the account it names, or, where there is none, itself.

    It is a hash, because people also type e-mail addresses and passwords into this field.
    """
    named = f"login {_normal(login)}" if account_id is None else f"account {account_id}"
    return hashlib.sha256(named.encode()).hexdigest()


def email_subject(email: str) -> str:
    """Return whom an e-mail address counts for, as a hash."""
    return hashlib.sha256(f"email {_normal(email)}".encode()).hexdigest()


def _normal(typed: str) -> str:
    """Return what the database takes for the same, whatever its case.

    It turns one letter into one: a capital I with a dot (U+0130) is an i to it.
    """
    composed = unicodedata.normalize("NFC", typed.strip())
    lowered = "".join(letter.lower()[0] for letter in composed)
    return unicodedata.normalize("NFC", lowered.casefold())


def sign_ins_of_address(settings: Settings) -> Limit:
    """Return how often one place may fail to sign in, to whatever accounts."""
    return Limit("sign_in_address", settings.attempts_per_address)


def sign_ins_of_account(settings: Settings) -> Limit:
    """Return how often an account's sign-ins may fail before it counts as under attack."""
    return Limit("sign_in_account", settings.attempts_per_account * 10, timedelta(hours=1))


def sign_in_patience(settings: Settings, *, wary: bool) -> Patience:
    """Return how many failures one place has free at one account, and how it is slowed then.

    While an account is under attack, a strange place has its first try and no more for free: the
    owner on a new device still gets in at once, and a thousand guessing machines are all slow.
    """
    return Patience("sign_in", 1 if wary else settings.attempts_per_account)


def second_factors(settings: Settings) -> Limit:
    """Return how many codes may be tried at one account, from wherever.

    Only who has its password is asked for a code, so no stranger uses this up for its owner.
    """
    return Limit("second_factor", settings.attempts_per_account, timedelta(hours=1))


def password_proofs(settings: Settings) -> Limit:
    """Return how often who is signed in may try to say the account's password."""
    return Limit("password_proof", settings.attempts_per_account)


def registrations(settings: Settings) -> Limit:
    """Return how many accounts one place may make: a school's or an office's people are many."""
    return Limit("registration", settings.attempts_per_address * 10)


def recoveries_of_address(settings: Settings) -> Limit:
    """Return how often one place may ask for a mail that gives an account back."""
    return Limit("recovery_address", settings.attempts_per_address)


def mails_to_address(settings: Settings) -> Limit:
    """Return how often one address is sent a link, whoever asks.

    By default three, and one more every five minutes. A link lasts for ten, so that an owner whom a
    stranger takes the turns of always has a good one in the mailbox.
    """
    return Limit("mails_to_address", max(settings.attempts_per_account // 3, 3))


def refreshes(settings: Settings) -> Limit:
    """Return how often the browsers and apps of one place may renew their sessions."""
    return Limit("refresh", settings.attempts_per_address * 20)


def comments(settings: Settings) -> Limit:
    """Return how often one account may comment or report."""
    return Limit("comment", settings.attempts_per_address)
