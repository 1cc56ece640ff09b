"""What administrators may do: find accounts, look after them, read the audit trail.

Owns the lists and the acts of the console; each act ends the sessions it has to, in the same unit.
Stands on accounts, sessions and recovery.
"""
