"""What has to be done for second factors from time to time."""

from app.features.factors.service import FactorService
from app.jobs.tasks import Job, Tasks

tasks = Tasks()


@tasks.every("40 3 * * *", "factors.reseal")
async def reseal(job: Job) -> None:
    """Seal with the current key what the previous one has sealed: so it is needed no more."""
    services = job.services
    await FactorService(job.session, services.settings, services.sealer).reseal()
