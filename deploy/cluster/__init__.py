"""Two nodes, PostgreSQL, a Redis-protocol server and nginx on loopback, without containers: `make cluster`.

The servers come from the packages of the tests and from Debian. Everything is kept in one folder and survives there.
"""
