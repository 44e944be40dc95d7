"""What enterprises and travellers get done: a package for each desk. Desks do not import each other."""
