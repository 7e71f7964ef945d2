"""`hub migrate`: bring the database to what this version needs."""

import typer

from api.cli.output import AsJson, load_settings, print_json
from infrastructure.running_servers import running_servers

app = typer.Typer()


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Make roles, schemas and tables that are missing. May run at any time and again."""
    from infrastructure.postgres.connections import DatabaseRole, connect, role_url
    from infrastructure.postgres.migrate import migrate as apply_migrations
    from projections import PROJECTIONS
    from projections.builds import create_read_models

    settings = load_settings()
    with running_servers(settings, redis=False) as servers:
        applied = apply_migrations(servers.database_url, settings)
        url = role_url(settings, servers.database_url, DatabaseRole.FOLLOW)
        with connect(url, name="hub-migrate", autocommit=True) as connection:
            made = create_read_models(connection, PROJECTIONS)
    if as_json:
        print_json({"applied": applied, "read_models": made})
    elif applied or made:
        if applied:
            print(f"Applied {', '.join(applied)}.")
        if made:
            print(f"Made the read models {', '.join(made)}.")
    else:
        print("The database is up to date.")
