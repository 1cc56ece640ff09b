"""What people, services and whoever reads the database try with connections, and what holds."""
