"""May I bring it? Goods, the rules of both sides of the border as data, and what they decide for one person and one good."""
