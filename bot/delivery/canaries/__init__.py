"""Canaries: recipients of our own, on each channel, that prove that notifications arrive."""
