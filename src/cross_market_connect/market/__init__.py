"""The consolidated view: line arbitration, gap repair, clock calibration, books' states, trading phases.

Pure; knows no wire format and no order.
"""
