"""Report: every text a user reads, made from plan and outcomes, never derived again."""
