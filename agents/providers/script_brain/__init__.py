"""The script brain: a deterministic chat model that conducts a conversation from its script."""

from agents.providers.script_brain.model import ScriptBrain as ScriptBrain
