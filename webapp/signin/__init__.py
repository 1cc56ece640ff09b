"""Signing in: one state machine behind the page and the API.

Owns the order of the checks and what each refusal may say, the second step, the devices an account is known on, and
what counts as a fresh proof. Knows no form and no cookie. Stands on accounts, sessions and factors.
"""
