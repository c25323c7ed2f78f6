"""Strategies (chapter A): the interface, the built-in ones and their registry."""
