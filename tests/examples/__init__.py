"""The examples, started as their own pages say, against a running Latchkey."""
