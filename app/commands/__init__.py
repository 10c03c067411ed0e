"""The commands behind ``parley``, one file each; every one tells its errors in one way."""
