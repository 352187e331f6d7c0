"""Runs engine and decoders over log and capture and compares every decision. Opens no socket; changes no record."""
