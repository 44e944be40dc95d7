"""Booking a time at a port: slots with places, waiting list, officers' roster."""
