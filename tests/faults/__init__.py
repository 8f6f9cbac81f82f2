"""Every fault at every request and every git command of a queue's run: `make faults`."""
