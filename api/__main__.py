"""`python -m api`: the command line of the product, see `api.cli`."""

import sys

if __name__ == "__main__":
    if sys.argv[1:] == ["up"]:
        from infrastructure.supervision.up import main

        main()
    else:
        from api.cli.run import run

        run()
