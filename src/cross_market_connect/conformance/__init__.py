"""Conformance: numbered cases through the real gateway against a venue, and the report that a broker reads."""
