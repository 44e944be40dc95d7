"""Tests of the desk at which people answer."""
