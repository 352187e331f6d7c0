"""CME Globex: the market data feed."""
