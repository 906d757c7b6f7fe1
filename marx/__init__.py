"""Marx runs the parts of an ordinary Python program that can run apart on other machines; the answer is Python's."""

__version__ = "0.1.0"
