"""Signing in: one state machine behind the page and the API.

Owns the order of the checks and what each refusal may say. Knows no form and no cookie.
Stands on accounts, sessions and tokens.
"""
