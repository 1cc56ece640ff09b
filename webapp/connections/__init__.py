"""Third-party services that people use through this application, which alone holds the keys to them.

Owns the services as administrators describe them, the sealed keys, the calls made with them and what is known of their
use. Does not own who somebody is or which roles they hold (accounts), nor how an address is dialled (infra/outbound).
Stands on accounts, sessions and infra.
"""
