"""What a person does to their own account: name, password.

Owns the rules of self-service. Stands on accounts and sessions.
"""
