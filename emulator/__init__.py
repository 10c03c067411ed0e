"""The other end of the line: a Twilio that runs on this machine, and callers for it."""
