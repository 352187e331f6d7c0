"""Vocabulary of the platform: instruments, prices in ticks, books, orders, records, errors. No I/O, no clock."""
