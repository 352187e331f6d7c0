"""Search, proof, export and reports over closed and live segments. Reads only; never on the order path."""
