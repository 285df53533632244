"""What the lifespan makes once for a process, and every request finds in `request.state`."""

from starlette.requests import Request

from app.core.services import Services


def services_of(request: Request) -> Services:
    """Return the process's parts, as the lifespan (or a test) has put them in place."""
    services: Services = request.state.services
    return services
