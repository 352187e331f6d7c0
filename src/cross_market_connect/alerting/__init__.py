"""Senders and escalation, a process of its own. Reads the log; never calls the engine or the console."""
