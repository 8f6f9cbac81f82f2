"""Act: carry out the steps of a plan, each behind a guard, each with an outcome."""
