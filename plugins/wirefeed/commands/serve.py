"""``wirefeed serve``: the desk as a web page of its own."""

from typing import Annotated

import typer

from wirefeed.errors import InputRefused


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on. There is no log-in: keep it local or behind a proxy that has one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port.")] = 8081,
) -> None:
    """Serve the desk: search, stories, alerts, feeds, books, and the links in mails."""
    import uvicorn

    from wirefeed import settings as settings_module
    from wirefeed.desk.app import create_app

    settings = settings_module.from_environment()
    app = create_app(settings)
    typer.echo(f"Wirefeed's desk: http://{host}:{port}/  (Ctrl-C stops)", err=True)
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", proxy_headers=True)
    except SystemExit as error:
        if error.code:
            raise InputRefused(f"the desk could not listen on {host}:{port}") from error
        raise
