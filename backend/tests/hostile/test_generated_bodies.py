"""Bodies that nobody thought of: the document's examples, damaged by hypothesis in every way."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.hostile.document import JSON, Operation
from tests.hostile.test_every_operation import Attacker, Callers
from tests.hostile.wire import Wire
from tests.hostile.world import World

# Any code point, lone surrogates and NUL included.
any_text = st.text(st.characters(codec=None), max_size=300)
any_scalar = (
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.datetimes().map(str)
)
any_json: st.SearchStrategy[Any] = st.recursive(
    any_scalar,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(any_text, inner, max_size=5),
    max_leaves=15,
)


@st.composite
def damaged(draw: st.DrawFn, operation: Operation) -> object:
    """Draw the example with some fields replaced, removed or added; or another value altogether."""
    if draw(st.integers(0, 19)) == 0:
        return draw(any_json)
    fields = st.sampled_from(operation.fields)
    changes: Mapping[str, object] = draw(st.dictionaries(fields, any_json, max_size=3))
    extras: Mapping[str, object] = draw(st.dictionaries(any_text, any_json, max_size=1))
    body = {**operation.example, **changes, **extras}
    for name in draw(st.sets(fields, max_size=2)):
        body.pop(name, None)
    return body


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_no_generated_body_breaks_anything(
    wire: Wire, world: World, callers: Callers, connection: AsyncConnection, data: st.DataObject
) -> None:
    writes = [each for each in world.operations if each.media_type == JSON]
    operation = data.draw(st.sampled_from(writes))
    caller = data.draw(st.sampled_from(sorted(callers)))
    body = data.draw(damaged(operation))
    attacker = Attacker(wire, connection, callers[caller])
    await attacker.send(operation.with_body(json.dumps(body).encode()))
    assert attacker.wrong == []
