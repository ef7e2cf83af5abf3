"""Work started by a schedule or an operator."""
