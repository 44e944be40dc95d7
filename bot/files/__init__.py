"""Files that people send: checked by content, capped, stripped, stored outside the web root."""
