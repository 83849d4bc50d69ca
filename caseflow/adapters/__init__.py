"""What stands outside the services: servers, the published calendar, diagrams."""
