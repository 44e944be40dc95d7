"""What people asked in vain and how they rated answers, kept without identity, for those who look after the knowledge."""
