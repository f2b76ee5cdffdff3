"""What is compiled: walks over every single sample, of which numpy would take many each.

A file of C and one of Python have the same name: the latter checks arrays before the former sees
them, and raises ValueError where it would read or write beside them. `contrib/build_kernel.py`
compiles them when tracker is installed.
"""
