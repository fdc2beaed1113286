"""The two scenes together: what to read, and the aligned result."""
