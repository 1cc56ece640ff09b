"""The guide: how tokens, cookies, keys and connections work here, told by the application itself.

It owns the words, the sample token and the question desk of the refresh rule. It owns no rule: what it says of one it
asks where the rule is, with the settings in force. Pages are public; with somebody signed in, scripts put their own
token in the sample's place. Stands on every feature's domain rooms, and changes nothing.
"""
