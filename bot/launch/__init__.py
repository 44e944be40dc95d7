"""Starting the product: environments, training, the parts and the one who watches them."""
