"""The shell that lends a host: credit, leases and jails. It never reads a value of a program."""
