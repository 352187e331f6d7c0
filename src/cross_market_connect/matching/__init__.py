"""The matching engine: an exchange's order book and rules, pure. Orders in, events out; no I/O, no clock."""
