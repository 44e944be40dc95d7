"""Expo special labels: events, exhibitors, goods lists, approval, signed labels, their life and balance."""
