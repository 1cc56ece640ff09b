"""Running it: health, readiness, the server, the commands of an operator.

Owns what starts and watches the application. Decides nothing about people.
Stands on everything else.
"""
