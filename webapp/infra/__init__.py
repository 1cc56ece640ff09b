"""What the features stand on: the database, the audit trail, limits, sealing, single-use links.

Owns mechanisms without policy: nothing here knows what an account or a session is allowed to do.
Stands on core and config.
"""
