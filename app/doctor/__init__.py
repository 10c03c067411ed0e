"""The doctor: looks at this machine and its services, and says what to do."""
