"""What readers of notices do and allow: confirm, agree to be told, ask."""
