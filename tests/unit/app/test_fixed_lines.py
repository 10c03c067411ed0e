"""The lines that are voiced ahead are those that calls then say."""

from __future__ import annotations

from agents.script_loader import shipped_text, stored_script
from app.fixed_lines import fixed_lines


def test_the_opening_is_voiced_ahead_as_it_is_said() -> None:
    script = stored_script(shipped_text("estate_agency_inbound"))
    lines = [line for line in fixed_lines(script) if line]
    assert any("recorded" in line for line in lines)
    assert not any("{" in line for line in lines)
    assert script.lines.farewell.split(".")[0] in " ".join(lines)


def test_a_line_that_names_the_caller_is_left_to_the_call() -> None:
    script = stored_script(shipped_text("estate_agency_outbound"))
    ahead = " ".join(fixed_lines(script))
    assert "lead_name" not in ahead
    assert all(part in ahead for part in (script.brand.name, script.brand.freephone))
