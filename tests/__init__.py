"""The tests: a folder per feature, factories in make.py, real servers in servers/."""
