"""Who is calling, and may they: the visitor, the guards every endpoint declares, and the way a page proves itself.

Owns the reading of page sessions, bearer tokens and the refresh cookie. Issues nothing.
Stands on accounts, sessions and tokens, and is used by every edge.
"""
