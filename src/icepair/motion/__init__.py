"""What moved: the same floe in two scenes, and the drift that follows."""
