"""Being signed in: one session for one sign-in on one device, its limits, how it ends, and fresh proof.

Owns the session row, which is the authority over every token and page. Issues no token.
Stands on accounts and infra.
"""
