"""Rasa components of our own: normalised text, tokens, entities, the classifier, the tracker store and the channel."""
