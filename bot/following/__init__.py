"""What people follow, when they want to be told, and why they were."""
