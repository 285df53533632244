"""The first floor: a bare Starlette and asyncpg, which answer what the product answers."""
