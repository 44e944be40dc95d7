"""Channels: parse what comes in, render and send what goes out."""
