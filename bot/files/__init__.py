"""Files that people send: checked by content, kept outside the web root, given back to those alone who may have them."""
