"""The composition root: settings, wiring, processes and the command line."""

import os

# LangGraph reads both when it is first imported, so they are set before anything of ours is.
# Strict msgpack: a saved checkpoint may only rebuild types that the graph's state names.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # noqa: TID251  before any import
os.environ.setdefault("LANGSMITH_TRACING", "false")  # noqa: TID251  no conversation leaves unasked
