"""`python -m api`: the command line of the product, see `api.cli`."""

import sys

# httpx brings a command line of its own, whose libraries take 3 MB in each process of the hub.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

if __name__ == "__main__":
    if sys.argv[1:] == ["up"]:
        from infrastructure.supervision.up import main

        main()
    else:
        from api.cli.run import run

        run()
