"""Allowances: how much of a rate limit is left, for the headers that say so.

The words are those of the IETF's draft-ietf-httpapi-ratelimit-headers: structured fields (RFC 9651)
whose strings hold nothing that would need escaping, because names of limits are ours.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """`quota` times in `window` seconds; `remaining` now, and all again in `reset` seconds."""

    name: str
    quota: int
    window: int
    remaining: int
    reset: int

    @property
    def policy(self) -> str:
        """What is allowed: the value of `RateLimit-Policy`."""
        return f'"{self.name}";q={self.quota};w={self.window}'

    @property
    def state(self) -> str:
        """What is left of it: the value of `RateLimit`."""
        return f'"{self.name}";r={self.remaining};t={self.reset}'
