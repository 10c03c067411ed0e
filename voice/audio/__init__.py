"""Sound as numbers: frames, G.711, resampling, loudness. Pure; no I/O."""
