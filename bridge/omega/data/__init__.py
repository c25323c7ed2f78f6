"""Reading, checking and describing bars; the rules themselves are the implementations' (T-2, G-1)."""
