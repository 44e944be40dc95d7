"""The web chat: messages are kept until the page has them, so a page that was closed misses nothing."""
