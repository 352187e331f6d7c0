"""The write-ahead log: record format, mapped segments, chain, recovery, snapshots.

Reads and writes its files; decides nothing.
"""
