"""Marx runs the parts of an ordinary Python program that can run apart on other machines, and gives Python's own answer."""

__version__ = "0.1.0"
