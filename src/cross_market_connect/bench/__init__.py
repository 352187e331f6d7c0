"""Benchmarks of wire, core and whole path (`xmc bench`). Measures; nothing imports it but the command line."""
