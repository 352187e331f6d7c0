"""Spreads, triggers, alignment, reservation and risk, the spread-order machine, positions, money.

Pure; no I/O, no clock, no venue's protocol.
"""
