"""``parley doctor`` as a whole, on a machine where nothing was set."""

from __future__ import annotations

from pathlib import Path

from tests.integration.doctor.scene import doctor


async def test_a_fresh_machine_is_ready_on_its_own_services(tmp_path: Path) -> None:
    result = await doctor("--quick")
    assert result.exit_code == 0, result.stdout
    lines = result.stdout.splitlines()
    for group in ("Settings", "Machine", "Services", "Brain", "Hearing", "Voice", "Carrier"):
        assert group in lines
    assert lines[-1].endswith("0 failures. Ready: parley call booking")
    assert "(embedded)" in result.stdout
    assert "docs/going-live.md" in result.stdout
    # Nobody else uses the servers, so they are stopped again.
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
