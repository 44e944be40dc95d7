"""What the bot knows: the entries, and the package that loads, checks, searches and compiles them."""
