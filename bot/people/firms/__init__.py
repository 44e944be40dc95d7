"""Firms and who may act for them."""
