"""The command ``parley call``: a caller with a script, a really running server, a report."""
