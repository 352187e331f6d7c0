"""The virtual world: clock, network, disk, processes, fault models, oracles, shrinking.

No real time, no real socket.
"""
