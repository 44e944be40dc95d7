"""Persons, their addresses and follows; enterprises; staff and roles; keys of machines."""
