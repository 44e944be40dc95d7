"""Firms in the talk and in pushes: what `bot.people.firms` needs from the floors above it."""
