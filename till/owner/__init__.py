"""What the owner does away from the counter, and the workers that do it beside a selling till."""
