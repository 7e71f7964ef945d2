"""`python -m api`: the command line of the product, see `api.cli`."""

from api.cli.run import run

if __name__ == "__main__":
    run()
