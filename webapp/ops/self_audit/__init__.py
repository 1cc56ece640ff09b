"""The self-audit: the running configuration, and what this installation answers when it is asked as a stranger asks.

Owns the checks, what they go by, and the report. Each check is data: an id, a title, the requirements of ASVS that it
stands for, and a function from evidence to pass, warn or fail with the cure. Knows no page and no command.
Stands on every feature's facts; asks nobody but our own database, store, mail server and public address.
"""
