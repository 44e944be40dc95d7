"""The database: engine, tables, migrations, audit trail."""
