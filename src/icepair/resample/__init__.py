"""From any geometry onto a grid."""
