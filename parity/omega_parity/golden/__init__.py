"""Cases that are kept: their files, what is expected of them, and who calculated it."""
