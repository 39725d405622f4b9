"""The loop that owns state and journal, and what it needs from the world; above the domain, below everything else."""
