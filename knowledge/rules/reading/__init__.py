"""Finds dates, times, amounts, numbers and countries in what people type, in Chinese and English."""
