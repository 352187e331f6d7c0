"""One folder per venue family: feed, gateway, symbology; bytes and time in, bytes and deadlines out.

Only a family's process.py does I/O.
"""
