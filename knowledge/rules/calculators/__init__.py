"""Deadlines, fees, allowances and limits, worked out step by step from dated rules."""
