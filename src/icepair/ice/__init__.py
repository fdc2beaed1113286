"""What is ice: masks and concentrations."""
