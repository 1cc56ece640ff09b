"""Webhooks: what happens here is told to other programs, signed, by the form of Standard Webhooks.

Owns the endpoints as administrators describe them, their sealed secrets, the messages on their way and each attempt to
deliver one. Does not own what happens (infra/audit records that), nor how an address is dialled (infra/outbound).
Stands on accounts and infra.
"""
