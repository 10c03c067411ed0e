"""A statement that is compiled once and given to the driver as it is.

Values go through the types of their columns as always, so what is personal is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from sqlalchemy import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

Process: TypeAlias = Callable[[Any], Any] | None


@dataclass(slots=True, eq=False)
class Direct:
    """One statement for the one kind of database that we use."""

    statement: ClauseElement
    _sql: str = ""
    _keyed_by: Dialect | None = None  # sealed columns use the keyring of their engine
    _parameters: list[tuple[str, Process]] = field(default_factory=list)

    def bound(self, dialect: Dialect, given: Mapping[str, object]) -> list[object]:
        """The text of the statement, then its values in order."""
        if self._keyed_by is not dialect:
            self._compile(dialect)
        return [
            self._sql,
            *(
                given[name] if process is None else process(given[name])
                for name, process in self._parameters
            ),
        ]

    def _compile(self, dialect: Dialect) -> None:
        compiled = cast("SQLCompiler", self.statement.compile(dialect=dialect))
        self._sql = compiled.string
        self._parameters = []
        for name in compiled.positiontup or ():
            kind = compiled.binds[name].type.dialect_impl(dialect)
            self._parameters.append((name, kind.bind_processor(dialect)))
        self._keyed_by = dialect
