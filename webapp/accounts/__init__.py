"""Who people are: accounts, addresses, roles and their scopes, passwords, and the last administrator.

Owns what is stored about a person and the rules for names, addresses and passwords.
Knows nothing of being signed in. Stands on infra.
"""
