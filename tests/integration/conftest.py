"""Real servers for the integration tests: one Postgres and one Valkey for the whole run.

Under pytest-xdist every worker is one more user of the same data directory: the first starts the
servers, the last one out stops them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from app.embedded import EmbeddedServices, hold_embedded


@pytest.fixture(scope="session")
def embedded(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[EmbeddedServices]:
    """The running services of this test run."""
    run_directory = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        run_directory = run_directory.parent  # shared by the workers of one run
    with hold_embedded(run_directory / "services") as services:
        yield services


@pytest.fixture(scope="session")
def redis_url(embedded: EmbeddedServices) -> str:
    """The Valkey of this run. It is shared: use keys of your own."""
    return embedded.redis_url


@pytest.fixture(scope="session")
def database_url(embedded: EmbeddedServices) -> Iterator[str]:
    """A database for the whole session of this worker, empty when the session starts."""
    with _new_database(embedded.database_url) as url:
        yield url


@pytest.fixture
def fresh_database(embedded: EmbeddedServices) -> Iterator[str]:
    """An empty database of one test's own; it is gone after the test."""
    with _new_database(embedded.database_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_database(embedded: EmbeddedServices) -> Iterator[str]:
    """A database of one test module's own, empty when the module starts."""
    with _new_database(embedded.database_url) as url:
        yield url


@contextmanager
def _new_database(server_url: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    quoted = sql.Identifier(name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(quoted))
    yield server_url.replace("@/parley?", f"@/{name}?", 1)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))
