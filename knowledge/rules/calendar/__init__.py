"""Working days in the mainland of China."""
