"""Permits that firms hold: dates as printed, quantities written off batch by batch, reminders before the end."""
