"""GraphiQL: a console in which developers explore the API in the browser. In dev only."""

from functools import cache
from typing import Final

from strawberry.http.ides import get_graphql_ide_html

GRAPHIQL_HEADERS: Final = ((b"x-frame-options", b"DENY"), (b"referrer-policy", b"no-referrer"))


_TITLE: Final = "Lawyers-Hub"


@cache
def graphiql_page() -> bytes:
    """Return the page; its scripts come from the addresses that it names."""
    page = get_graphql_ide_html(graphql_ide="graphiql")
    return page.replace("<title>Strawberry GraphiQL</title>", f"<title>{_TITLE}</title>").encode()
