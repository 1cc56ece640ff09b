"""Second factors: authenticator apps, passkeys, recovery codes.

Owns what each factor is, how it is enrolled, checked and removed. It does not know who is signing in or why a factor is
asked for: that is signin's business. Stands on accounts and sessions.
"""
