"""Clearance: the status of shipments, from the port system's events."""
