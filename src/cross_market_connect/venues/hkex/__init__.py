"""Hong Kong Exchanges and Clearing: the derivatives market's data feed."""
