"""The background queue: what a service asks for, what a worker does. The only home of pgqueuer."""
