"""The write-ahead log, the capture of market data, recovery and snapshots. Writer and reader only, no decisions."""
