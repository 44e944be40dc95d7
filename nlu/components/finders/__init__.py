"""One module for each family of things that are found in a folded text by rule."""
