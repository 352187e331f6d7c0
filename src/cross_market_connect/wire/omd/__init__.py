"""HKEX Orion Market Data (OMD), binary multicast: one description of the fields for decoder and encoder."""
