"""What proves a session: access tokens (RFC 9068), refresh tokens and the rule of their rotation.

Owns the form of both tokens and what each is worth. Knows no cookie and no HTTP.
Stands on keys for signing and on sessions, whose row outranks every token.
"""
