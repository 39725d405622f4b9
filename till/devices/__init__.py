"""Readers of codes and, in time, printers and drawers; knows the engine's ports, no window and no wallet."""
