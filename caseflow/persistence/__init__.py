"""Tables, repositories, the unit of work and migrations."""
