"""`hub serve`: the HTTP server with the gateway, GraphQL and the ops endpoints."""

import typer

from api.cli.output import load_settings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Serve the gateway, GraphQL and the ops endpoints until stopped."""
    from infrastructure.running_servers import running_servers
    from infrastructure.telemetry.metrics_folder import use_metrics_folder

    settings = load_settings()
    use_metrics_folder(settings.home)
    from api.application import create_application
    from api.server import run_server
    from infrastructure.postgres.connections import DatabaseRole
    from infrastructure.telemetry.logs import configure_logging
    from infrastructure.telemetry.tracing import configure_tracing
    from infrastructure.wiring import open_store

    configure_logging("serve", settings.log_level)
    configure_tracing("serve", settings.otlp_endpoint)
    with (
        running_servers(settings) as servers,
        open_store(settings, servers.database_url, DatabaseRole.SERVE) as store,
    ):
        run_server(create_application(store, servers.redis_url), settings)
