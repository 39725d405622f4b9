"""Figures beside their floors: each benchmark measures the till and the same work done bare, in one run."""
