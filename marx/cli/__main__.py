"""`python -m marx.cli` is `marx`."""

from marx.cli import main

main()
