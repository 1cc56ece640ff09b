"""The only way out of the application over HTTP: to addresses that were looked at, once, and then dialled.

Owns the parse of a base URL, the rules for addresses, the lookup of names, and exchanges with what is reached. Knows no
connection, no key and no person. Stands on httpcore, the transport of httpx, for HTTP/1.1 itself.
"""
