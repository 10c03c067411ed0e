"""The agent that asks the script's questions."""
