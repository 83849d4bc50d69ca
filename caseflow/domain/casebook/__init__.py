"""Old casebooks: reading a row, judging it, and the history it reports. Pure."""
