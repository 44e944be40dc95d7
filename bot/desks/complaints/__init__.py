"""What people hold against the house, ask of it or report to it: with a number, time limits, an owner and an answer."""
