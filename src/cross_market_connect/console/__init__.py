"""The console: a page for people. It reads the engine's shared page and log, and cannot slow the engine down."""
