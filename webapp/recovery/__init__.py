"""Getting back in: the reset link for a forgotten password.

Owns how a person without their password proves themselves. Stands on accounts, sessions and single-use links.
"""
