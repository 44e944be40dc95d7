"""Certificates of origin: what to prepare, a data sheet filled from what the firm told, the case, its validity, what it saves."""
