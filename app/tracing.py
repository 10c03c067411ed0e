"""Traces of conversations at LangSmith, if the settings ask for them; never in the way of a call.

A turn only puts its trace into a queue in memory. A thread sends it; while LangSmith is slow or
away the queue fills up, and what does not fit is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from langchain_core.tracers.langchain import LangChainTracer
from langsmith import Client
from langsmith.schemas import BatchIngestConfig, LangSmithInfo
from typing_extensions import override
from urllib3 import Retry

from app.settings_brain import BrainSettings
from graph.context import Watchers

QUEUED_MOST: Final = 1000  # steps of runs: about a hundred turns, some megabytes
CONNECT_MS: Final = 3_000
ANSWER_MS: Final = 10_000
LEAVE_S: Final = 2.0  # how long the end of the process waits for traces that are not sent yet

# What LangSmith would be asked for at start. Given, nothing waits for its answer; these are the
# values that its hosted service answers with.
INFO: Final = LangSmithInfo(
    batch_ingest_config=BatchIngestConfig(
        use_multipart_endpoint=True,
        size_limit=100,
        size_limit_bytes=20_971_520,
        scale_up_nthreads_limit=1,
        scale_up_qsize_trigger=QUEUED_MOST,
        scale_down_nempty_trigger=4,
    )
)

log = structlog.get_logger(__name__)


class TurnTracer(LangChainTracer):
    """Traces one turn, without what is not of the conversation: the brief that the script reads."""

    @override
    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> Any:
        for name in ("invocation_params", "options", "metadata"):
            kwargs[name] = _without_brief(kwargs.get(name))
        return super().on_chat_model_start(*args, **kwargs)

    @override
    def copy_with_metadata_defaults(
        self, *, metadata: Mapping[str, str] | None = None, tags: list[str] | None = None
    ) -> LangChainTracer:
        return super().copy_with_metadata_defaults(metadata=_without_brief(metadata), tags=tags)


def _without_brief(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if told is None else {key: told[key] for key in told if key != "brief"}


@asynccontextmanager
async def open_tracing(settings: BrainSettings) -> AsyncIterator[Watchers | None]:
    """Those who watch each turn and report it to LangSmith; None when nobody asked for it."""
    key = settings.langsmith_api_key
    if not settings.langsmith_tracing or key is None:
        yield None
        return
    # Its own lines quote what it could not send, which is what callers said.
    logging.getLogger("langsmith").setLevel(logging.CRITICAL)
    failures = _Failures()
    client = Client(
        api_url=settings.langsmith_endpoint,
        api_key=key.get_secret_value(),
        info=INFO,
        timeout_ms=(CONNECT_MS, ANSWER_MS),
        retry_config=Retry(0),
        omit_traced_runtime_info=True,
        tracing_error_callback=failures.tell,
    )
    assert client.tracing_queue is not None
    client.tracing_queue.maxsize = QUEUED_MOST
    project = settings.langsmith_project
    log.info("conversations are traced", project=project, endpoint=settings.langsmith_endpoint)
    try:
        yield lambda: (TurnTracer(project_name=project, client=client),)
    finally:
        await asyncio.to_thread(client.close, LEAVE_S)


class _Failures:
    """Says once that traces do not arrive, instead of once a batch."""

    def __init__(self) -> None:
        self._told = False

    def tell(self, error: Exception) -> None:
        """A batch was not delivered. Called by the thread that sends."""
        if not self._told:
            self._told = True
            log.warning("traces are not delivered", error=type(error).__name__)
