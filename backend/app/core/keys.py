"""Keys for machines: what they look like. How they are kept, `core/sealing.py` says.

A key is `gly_`, thirty random characters (178 bits) and a checksum of six: the CRC-32 (IEEE 802.3)
of all that stands before it. Everything is base 62: digits, then capital and small letters. So
scanners of repositories know a key when they see one, and a mistyped one is refused unread.
"""

import re
import secrets
import string
import zlib

PREFIX = "gly_"
RANDOM = 30
CHECKSUM = 6
SHOWN = len(PREFIX) + 6

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM + CHECKSUM}}}")


def make_key() -> str:
    """Return a new key that nobody can guess."""
    body = PREFIX + "".join(secrets.choice(_DIGITS) for _ in range(RANDOM))
    return body + _checksum(body)


def is_key(text: str) -> bool:
    """Say whether this may be a key of ours: its form and its checksum are right."""
    if _FORM.fullmatch(text) is None:
        return False
    return _checksum(text[:-CHECKSUM]) == text[-CHECKSUM:]


def beginning_of(key: str) -> str:
    """Return as much of a key as may be shown, so that people know which one it is."""
    return key[:SHOWN]


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
