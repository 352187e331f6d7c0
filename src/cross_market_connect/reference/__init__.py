"""Tables with effective dates and sources: instruments, sessions, calendars, fees, limits.

Reads its files when loaded, never afterwards; no clock.
"""
