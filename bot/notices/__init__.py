"""Policy notices: written by one person, approved by another, told to all who follow the topic."""
