"""What agents can do: read the diary, keep the thread, and ask for effects."""
