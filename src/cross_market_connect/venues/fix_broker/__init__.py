"""Orders and quotes over FIX 4.4: what a broker's or venue's session says, in the platform's terms."""
