"""What stands in front of a flag flip: the gates of pytest, `omega verify`, the determinism lint."""
