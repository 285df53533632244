"""What can go wrong with writing articles."""

from app.core.errors import Forbidden, Rejected


class SlugTaken(Rejected):
    """Another article has this slug, or had it and still answers to it."""

    code = "slug_taken"
    detail = "Slug already taken"


class TranslationExists(Rejected):
    """There is a translation into this language already."""

    code = "translation_exists"
    detail = "There is a translation into this language already"


class NotDeleted(Rejected):
    """Only what lies in the bin can be brought back."""

    code = "not_deleted"
    detail = "This article has not been deleted"


class ForEditors(Forbidden):
    """What is featured, pinned or handed over, editors decide."""

    code = "for_editors"
    detail = "Only editors feature, pin or hand over articles"
