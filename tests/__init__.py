"""Tests of every room, and the tools they need."""
