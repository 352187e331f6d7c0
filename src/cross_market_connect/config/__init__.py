"""Settings from TOML and environment, all faults reported at once. Builds values; starts nothing."""
