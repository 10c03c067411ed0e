"""The key of an effect: the same for the same effect, wherever it is computed."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.effects import EffectTool, effect_key
from core.ids import CallId

CALL = CallId(UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
ARGUMENTS = st.dictionaries(st.text(max_size=10), PLAIN, max_size=5)


def test_the_key_does_not_change_from_one_release_to_the_next() -> None:
    arguments = {"starts_at": "2026-11-24T15:00:00+00:00", "name": "Zoë", "minutes": 30}
    assert effect_key(CALL, 5, EffectTool.BOOK_APPOINTMENT, arguments) == (
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f:5:book_appointment:f2f336a66f931517"
    )


@given(ARGUMENTS)
def test_the_order_of_arguments_does_not_matter(arguments: dict[str, object]) -> None:
    turned = dict(reversed(arguments.items()))
    one = effect_key(CALL, 1, EffectTool.OPT_OUT, arguments)  # type: ignore[arg-type]  # plain JSON
    assert one == effect_key(CALL, 1, EffectTool.OPT_OUT, turned)  # type: ignore[arg-type]  # plain JSON


@given(ARGUMENTS, ARGUMENTS)
def test_other_arguments_make_another_key(one: dict[str, object], two: dict[str, object]) -> None:
    keys = {
        effect_key(CALL, 1, EffectTool.OPT_OUT, arguments)  # type: ignore[arg-type]  # plain JSON
        for arguments in (one, two)
    }
    same = repr(sorted(one.items())) == repr(sorted(two.items()))
    assert len(keys) == (1 if same else 2)


def test_call_turn_and_tool_are_part_of_it() -> None:
    keys = {
        effect_key(call, turn, tool, {})
        for call in (CALL, CallId(UUID(int=1)))
        for turn in (1, 2)
        for tool in EffectTool
    }
    assert len(keys) == 2 * 2 * len(EffectTool)
