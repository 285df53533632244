"""What one article is asked for."""

from collections.abc import Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """How one article is wanted: with its neighbours, with its working copy, by a preview link."""

    include: Set[str] = frozenset()
    draft: bool = False
    preview: str | None = None

    @property
    def is_unpublished(self) -> bool:
        """Whether what is wanted may be something that readers must not see."""
        return self.draft or self.preview is not None
