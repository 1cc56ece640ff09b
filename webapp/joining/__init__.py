"""Becoming part of it: the set-up link of a new installation, registration, invitations, and verification letters.

Owns who may join and how, and how an address is shown to be somebody's.
Stands on accounts, the outbox and infra's single-use links.
"""
