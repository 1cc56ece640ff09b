"""Becoming part of it: the set-up link of a new installation, and registration.

Owns who may join and how. Verification and invitation by mail come to stand here too.
Stands on accounts and infra's single-use links.
"""
