"""Reminders tied to a date: the date moves, they move."""
