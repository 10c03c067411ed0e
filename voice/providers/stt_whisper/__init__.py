"""faster-whisper: hearing with a general model, on the CPU or a GPU."""
