"""A person takes over: teams, queue, cases with one owner."""
