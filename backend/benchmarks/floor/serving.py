"""How gunicorn runs the floor: as it runs the product, whose own preparations it leaves out."""

import gc
import runpy

globals().update(runpy.run_path("gunicorn.conf.py"))


def when_ready(_: object) -> None:
    """Leave what was loaded before the workers out of their garbage collections."""
    gc.collect()
    gc.freeze()
