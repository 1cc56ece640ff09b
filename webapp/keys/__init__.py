"""The signing keys of access tokens: made once, kept sealed, published as JWKS.

Owns private keys and who may use them. Knows no account and no session.
Stands on infra for the database and for sealing.
"""
