"""Simulated exchanges: they speak the real wire protocols over modelled or recorded markets."""
