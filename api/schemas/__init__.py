"""Request and response shapes of the API; never used deeper in."""
