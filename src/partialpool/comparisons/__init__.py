"""Groups beside one another: their ranks, the difference of two, every pair, and who is above a limit."""
