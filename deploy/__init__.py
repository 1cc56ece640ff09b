"""How Latchkey is put to work: configurations to copy, and `cluster`, which runs them on one machine."""
