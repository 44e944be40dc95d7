"""Emergency banners: a text on every chat, with start and end."""
