"""Measurements, each beside what one would use instead, in the same run. `./kouan bench [NAME] [--json]`."""
