"""What attackers try, and what holds."""
