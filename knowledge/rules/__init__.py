"""Rules as data with sources, evaluated by code: what a person is led through instead of reading a long text."""
