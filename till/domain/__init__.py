"""The shop's own ideas, pure: standard library types only; no clock, no chance, no input or output."""
