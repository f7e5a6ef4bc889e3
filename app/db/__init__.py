"""Tables, migrations and seed data: what PostgreSQL holds, which is the truth."""
