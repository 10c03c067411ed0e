"""The composition root: settings, wiring, processes and the command line."""

import os

# Libraries read these when they are first imported, so they are set before anything of ours is.
# Strict msgpack: a saved checkpoint may only rebuild types that the graph's state names.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # noqa: TID251  before any import
# LangChain would trace by itself, whatever the settings say. This name outweighs all others that it
# knows and switches that off: traces are sent by app.tracing alone, if LANGSMITH_TRACING asks.
os.environ["LANGSMITH_TRACING_V2"] = "false"  # noqa: TID251  before any import
# Where it still finds one of its oldest names, it fails every turn.
for _name in ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER"):
    os.environ.pop(_name, None)  # noqa: TID251  before any import
# A thread that still sends traces does not keep a process from ending.
os.environ["LANGSMITH_USE_DAEMON"] = "true"  # noqa: TID251  before any import
