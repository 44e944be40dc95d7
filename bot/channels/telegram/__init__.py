"""Telegram, through python-telegram-bot as a typed client of the Bot API."""
