"""A shelf with the scripts that ship, and any others put on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.script_loader import shipped_text
from core.card import ScriptRef
from core.errors import NotFoundError


@dataclass
class MemoryScriptShelf:
    """Version 0 of every shipped script, and ``texts`` by name and version."""

    texts: dict[ScriptRef, str] = field(default_factory=dict)

    async def text(self, script: ScriptRef) -> str:
        """See ``graph.ports.ScriptShelf.text``."""
        if script in self.texts:
            return self.texts[script]
        if script.version != 0:
            raise NotFoundError("script", f"{script.name} version {script.version}")
        return shipped_text(script.name)
