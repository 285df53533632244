"""What can go wrong with tags."""

from app.core.errors import Forbidden, Invalid, NotFound, Rejected, Unavailable


class TagNotFound(NotFound):
    """There is no such tag, or nothing that this reader may see has it."""

    code = "tag_not_found"
    detail = "Tag not found"


class NotAnEditor(Forbidden):
    """The action is for editors."""

    code = "not_an_editor"
    detail = "The user doesn't have enough privileges"


class TagNameTaken(Rejected):
    """Another tag has this name, or once had it."""

    code = "tag_name_taken"
    detail = "Another tag has, or once had, this name"


class TagSlugTaken(Rejected):
    """Another tag has this slug, or once had it."""

    code = "tag_slug_taken"
    detail = "Another tag has, or once had, this slug"


class SameTag(Invalid):
    """A tag cannot be merged into itself."""

    code = "same_tag"
    detail = "A tag cannot be merged into itself"


class NoTagToMergeInto(Invalid):
    """The tag that another one is to become a part of is not there."""

    code = "no_tag_to_merge_into"
    detail = "There is no tag to merge into by this id or slug"


class TooManyTags(Invalid):
    """An article has room for twenty tags."""

    code = "too_many_tags"
    detail = "An article has room for 20 tags at the most"


class TagsBusy(Unavailable):
    """Others keep making, merging and deleting the very same tags."""

    code = "tags_busy"
    detail = "Others are changing the same tags right now; try again in a moment"
