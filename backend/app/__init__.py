"""Galley, the blog backend. Read it from the bottom up: core, models, web, features, bootstrap."""
