"""The linear model that ranks intents: features of a text, weights, calibrated probabilities."""
