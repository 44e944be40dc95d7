"""The service: FastAPI backend, channels, notifications, staff console."""
