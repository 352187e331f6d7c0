"""FIX tag=value protocol core: dictionaries as data, codec, and the session of either end."""
