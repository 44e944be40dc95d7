"""Conversation: a message in, an answer out. Rasa first, search when Rasa is away."""
