"""Changes to what was delivered: corrections, withdrawals, supersessions."""
