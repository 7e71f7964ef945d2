"""`hub up`: everything on this machine. Run without options it is started by `api.__main__`."""

import typer

from infrastructure.supervision.up import main

app = typer.Typer()


@app.command()
def up() -> None:
    """Run everything on this machine until Ctrl-C.

    Starts the embedded PostgreSQL and Redis unless HUB_DATABASE_URL and HUB_REDIS_URL are set,
    brings the database up to date, then runs serve, follow, three workers and the scheduler.
    """
    main()
