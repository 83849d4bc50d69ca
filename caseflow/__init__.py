"""Case management for administrative fees and penalties."""
