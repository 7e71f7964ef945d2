"""`hub migrate`: bring the database to what this version needs."""

import typer

from api.cli.output import AsJson, load_settings, print_json
from infrastructure.running_servers import running_servers

app = typer.Typer()


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Make roles, schemas and tables that are missing. May run at any time and again."""
    from infrastructure.postgres.migrate import migrate as apply_migrations

    settings = load_settings()
    with running_servers(settings, redis=False) as servers:
        applied = apply_migrations(servers.database_url, settings)
    if as_json:
        print_json({"applied": applied})
    elif applied:
        print(f"Applied {', '.join(applied)}.")
    else:
        print("The database is up to date.")
