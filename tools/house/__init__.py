"""The rules of the house, checked: twins of the two implementations, and the size of files and functions."""
