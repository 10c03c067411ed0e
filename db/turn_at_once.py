"""A turn without effects, written by one statement that is a transaction by itself.

Most turns change nothing but the conversation. The statement locks the call, and only if this
process holds it and the turn is new writes the turn, its moves, its usage, and what was heard of
the turn before; else nothing at all. One trip to the database instead of ten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

from sqlalchemy import Date, Table, bindparam, func, literal_column, or_, select, union_all, update
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.sql.selectable import CTE, Select

from core.call import CallState
from db.direct import Direct
from db.tables.calls import CallRow
from db.tables.conversation import TransitionRow, TurnRow
from db.tables.money import UsageRow
from db.unit_of_work import Units

Values: TypeAlias = Mapping[str, object]  # of one row, by column
Columns: TypeAlias = tuple[str, ...]

UTC: Final[ColumnElement[str]] = literal_column("'UTC'")
TURN: Final = cast("Table", TurnRow.__table__)
TRANSITION: Final = cast("Table", TransitionRow.__table__)
USAGE: Final = cast("Table", UsageRow.__table__)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a turn writes. ``heard``: columns of the turn that its ``number`` names."""

    turn: Values
    transitions: Sequence[Values]
    usage: Sequence[Values]
    heard: Values | None


async def write_at_once(units: Units, rows: Rows, owner: str, opened_on: date) -> bool:
    """Write the turn if ``owner`` may and it is new; whether it was written.

    ``opened_on``: the day (UTC) by whose prices the usage was priced; of a call that opened on
    another day nothing is written. Cancel-safe: yes; asking again tells.
    """
    statement = _statement(
        tuple(rows.turn),
        tuple(tuple(row) for row in rows.transitions),
        tuple(tuple(row) for row in rows.usage),
        None if rows.heard is None else tuple(rows.heard),
    )
    given = {
        "held_call": rows.turn["call_id"],
        "held_not": CallState.ENDED,
        "held_by": owner,
        "held_on": opened_on,
    }
    given |= _named("turn", rows.turn)
    for place, row in enumerate(rows.transitions):
        given |= _named(f"move{place}", row)
    for place, row in enumerate(rows.usage):
        given |= _named(f"used{place}", row)
    if rows.heard is not None:
        given |= _named("heard", rows.heard)
    return bool(await units.at_once(statement, given))


def _named(prefix: str, values: Values) -> dict[str, object]:
    return {f"{prefix}_{column}": value for column, value in values.items()}


@lru_cache(maxsize=64)  # a turn has few moves and few kinds of usage
def _statement(
    turn: Columns,
    transitions: tuple[Columns, ...],
    usage: tuple[Columns, ...],
    heard: Columns | None,
) -> Direct:
    held = (
        select(CallRow.call_id)
        .where(
            CallRow.call_id == bindparam("held_call"),
            CallRow.state != bindparam("held_not"),
            or_(CallRow.lease_owner.is_(None), CallRow.lease_owner == bindparam("held_by")),
            as_type(func.timezone(literal_column("'UTC'"), CallRow.opened_at), Date)
            == bindparam("held_on"),
        )
        .with_for_update()
        .cte("held")
    )
    written = (
        insert(TURN)
        .from_select(list(turn), _row(TURN, "turn", turn, held))
        .on_conflict_do_nothing()
        .returning(TURN.c.call_id)
        .cte("written")
    )
    rest: list[CTE] = []
    if transitions:
        rest.append(_rows(TRANSITION, "move", transitions, written))
    if usage:
        rest.append(_rows(USAGE, "used", usage, written))
    if heard is not None:
        rest.append(_heard(heard, written))
    return Direct(select(written.c.call_id).add_cte(*rest))


def _rows(table: Table, prefix: str, rows: tuple[Columns, ...], written: CTE) -> CTE:
    """Insert the rows if the turn was written."""
    picked = [_row(table, f"{prefix}{at}", row, written) for at, row in enumerate(rows)]
    return (
        insert(table)
        .from_select(list(rows[0]), picked[0] if len(picked) == 1 else union_all(*picked))
        .cte(f"{prefix}s")
    )


def _row(table: Table, prefix: str, columns: Columns, source: CTE) -> Select[Any]:
    values = [_given(table, prefix, column) for column in columns]
    return select(*values).select_from(source)


def _heard(columns: Columns, written: CTE) -> CTE:
    """Complete the turn before if this one was written."""
    values = {column: _given(TURN, "heard", column) for column in columns if column != "number"}
    return (
        update(TURN)
        .where(
            TURN.c.call_id == written.c.call_id,
            TURN.c.number == _given(TURN, "heard", "number"),
        )
        .values(values)
        .cte("completed")
    )


def _given(table: Table, prefix: str, column: str) -> BindParameter[Any]:
    return bindparam(f"{prefix}_{column}", type_=table.c[column].type)
