"""The judge of both implementations: observe, compare, explain, decide.

Importing it pulls in neither implementation; only the command line and the gates do, when they build the two sides.
"""
