"""The parcel that an export is packed in."""

import json

import pytest

from app.core.schemas import AnswerModel
from app.features.privacy.rules import CHUNK, Parcel


class Item(AnswerModel):
    """Some item."""

    text: str


async def unpacked(parcel: Parcel) -> list[bytes]:
    return [chunk async for chunk in parcel]


async def test_it_comes_out_as_it_went_in() -> None:
    parcel = Parcel()
    parcel.put("format", 1)
    parcel.put("at", 'a "quoted" word')
    parcel.put("item", Item(text="é"))
    parcel.start("none")
    parcel.end()
    parcel.start("some")
    parcel.extend([Item(text="one")])
    parcel.extend([Item(text="two"), Item(text="three")])
    parcel.end()
    parcel.close()
    chunks = await unpacked(parcel)
    assert json.loads(b"".join(chunks)) == {
        "format": 1,
        "at": 'a "quoted" word',
        "item": {"text": "é"},
        "none": [],
        "some": [{"text": "one"}, {"text": "two"}, {"text": "three"}],
    }
    assert parcel.size == sum(map(len, chunks))


@pytest.mark.parametrize("length", [0, 1, CHUNK - 30, CHUNK, CHUNK * 3 + 7, 5_000_000])
async def test_no_chunk_is_great_however_well_it_was_packed(length: int) -> None:
    parcel = Parcel()
    parcel.start("items")
    parcel.extend([Item(text="x" * length), Item(text="y")])
    parcel.end()
    parcel.close()
    chunks = await unpacked(parcel)
    assert max(map(len, chunks)) <= CHUNK
    assert [len(each["text"]) for each in json.loads(b"".join(chunks))["items"]] == [length, 1]
    assert parcel.size == sum(map(len, chunks))
