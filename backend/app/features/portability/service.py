"""Moving content in: demo content, and the posts of another system."""
