"""Fetching weights from a local server that speaks the Hub's HTTP API: breaks, damage, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import InvalidInputError, ProviderError
from tests.fakes.model_hub import COMMIT, ModelHub, serve
from voice.providers.stt_whisper import weights
from voice.providers.stt_whisper.config import WhisperConfig
from voice.providers.stt_whisper.download import TRIES, Hub

MODEL = bytes(range(256)) * 20_000  # five chunks
FILES = {
    ".gitattributes": b"*.bin filter=lfs",
    "README.md": b"a model",
    "config.json": b"{}",
    "model.bin": MODEL,
    "tokenizer.json": b'{"version": "1.0"}',
    "vocabulary.txt": b"a\nb\n",
}
WANTED = {"config.json", "model.bin", "tokenizer.json", "vocabulary.txt"}


class Seen:
    """A progress that adds up."""

    total = 0
    there = 0
    got = 0

    def began(self, total: int, there: int) -> None:
        self.total, self.there = total, there

    def came(self, count: int) -> None:
        self.got += count


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with serve(ModelHub(dict(FILES))) as one:
        yield one


def pull(hub: ModelHub, folder: Path, size: str = "tiny") -> tuple[Path, Seen]:
    seen = Seen()
    return Hub(hub.url, wait=lambda seconds: None).pull(size, folder, seen), seen


def ranges(hub: ModelHub) -> list[str | None]:
    return [asked for path, asked in hub.asked if path == "/cdn/model.bin"]


def test_a_model_comes_whole_and_is_found(hub: ModelHub, tmp_path: Path) -> None:
    folder, seen = pull(hub, tmp_path)
    assert folder == tmp_path / "tiny"
    assert {file.name for file in folder.iterdir()} == WANTED, "no README"
    assert (folder / "model.bin").read_bytes() == MODEL
    assert seen.there == 0
    assert seen.got == seen.total == sum(len(FILES[name]) for name in WANTED)
    assert weights.find(WhisperConfig(model="tiny", models_dir=tmp_path)) == folder
    assert list(tmp_path.iterdir()) == [folder], "nothing is left over"


def test_a_broken_line_is_mended_where_it_broke(hub: ModelHub, tmp_path: Path) -> None:
    hub.cuts = [2_000_000, 1_500_000]
    folder, seen = pull(hub, tmp_path)
    assert (folder / "model.bin").read_bytes() == MODEL
    assert seen.got == seen.total
    first, *later = ranges(hub)
    assert first is None
    assert len(later) == 2
    starts = [int(str(asked).removeprefix("bytes=").removesuffix("-")) for asked in later]
    assert 0 < starts[0] < starts[1] < len(MODEL)


def test_a_download_that_was_given_up_goes_on_in_the_next_run(
    hub: ModelHub, tmp_path: Path
) -> None:
    hub.cuts = [2_000_000] + [0] * TRIES
    with pytest.raises(ProviderError, match="it goes on where it stopped") as caught:
        pull(hub, tmp_path)
    assert caught.value.retryable
    assert not (tmp_path / "tiny").exists()
    assert (tmp_path / f".tiny.{COMMIT[:12]}.part" / "model.bin").stat().st_size > 0
    hub.asked.clear()
    folder, seen = pull(hub, tmp_path)
    assert (folder / "model.bin").read_bytes() == MODEL
    assert seen.there > 0
    assert seen.there + seen.got == seen.total
    assert all(asked is not None for asked in ranges(hub))
    assert len(hub.asked) == 1 + 2 + 2, "what was whole is not asked for again"


def test_a_server_that_knows_no_ranges_sends_it_all_again(hub: ModelHub, tmp_path: Path) -> None:
    hub.cuts, hub.ignores_range = [2_000_000], True
    folder, seen = pull(hub, tmp_path)
    assert (folder / "model.bin").read_bytes() == MODEL
    assert seen.got == seen.total


def test_damage_is_noticed_and_leaves_nothing_of_the_file(hub: ModelHub, tmp_path: Path) -> None:
    hub.damage = True
    with pytest.raises(ProviderError, match=r"model\.bin came damaged"):
        pull(hub, tmp_path)
    hub.damage = False
    folder, _ = pull(hub, tmp_path)
    assert (folder / "model.bin").read_bytes() == MODEL


def test_a_model_that_lacks_a_file_is_refused(hub: ModelHub, tmp_path: Path) -> None:
    del hub.files["tokenizer.json"]
    with pytest.raises(ProviderError, match=r"has no tokenizer\.json"):
        pull(hub, tmp_path)
    assert weights.find(WhisperConfig(model="tiny", models_dir=tmp_path)) is None


@pytest.mark.parametrize(
    ("status", "says"),
    [(404, "there is no Systran/faster-whisper-tiny"), (401, "log in"), (503, "answered 503")],
)
def test_a_refusal_is_told_plainly(hub: ModelHub, tmp_path: Path, status: int, says: str) -> None:
    hub.status = status
    with pytest.raises(ProviderError, match=says) as caught:
        pull(hub, tmp_path)
    assert caught.value.retryable is (status == 503)


def test_what_is_no_hub_is_told_so(hub: ModelHub, tmp_path: Path) -> None:
    hub.files = {"a": b"b"}
    hub.listing = lambda: {"siblings": None}  # type: ignore[method-assign]
    with pytest.raises(ProviderError, match="does not answer as a Hub does"):
        pull(hub, tmp_path)


def test_without_a_network_it_says_so(hub: ModelHub, tmp_path: Path) -> None:
    nowhere = ModelHub({}, url="http://127.0.0.1:9")
    with pytest.raises(ProviderError, match=r"127\.0\.0\.1:9 cannot be reached") as caught:
        pull(nowhere, tmp_path)
    assert caught.value.retryable


def test_an_unknown_size_gets_suggestions(hub: ModelHub, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="Did you mean medium"):
        pull(hub, tmp_path, "medum")
    assert hub.asked == []


def test_a_folder_that_is_not_whole_is_replaced(hub: ModelHub, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "config.json").write_text("old")
    folder, _ = pull(hub, tmp_path)
    assert (folder / "config.json").read_text() == "{}"


@pytest.mark.parametrize(
    "endpoint",
    [
        "foo",
        "hub.example.com",
        "ftp://hub.example.com",
        "http://hub.example.com",
        "https://",
        "http://[::1",
        "file:///models",
    ],
)
def test_an_endpoint_that_is_no_safe_address_is_told(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInputError, match="must begin with https://"):
        Hub(endpoint)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
    with pytest.raises(InvalidInputError, match="HF_ENDPOINT"):
        Hub()


@pytest.mark.parametrize(
    "endpoint", ["https://hub.example.com/", "http://localhost:8000", "http://[::1]:8000"]
)
def test_a_mirror_may_be_anywhere_by_https_or_here_by_http(endpoint: str) -> None:
    Hub(endpoint)
