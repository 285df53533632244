"""What runs Galley on a developer's machine without Docker; no part of the product."""
