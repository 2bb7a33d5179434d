"""`python -m ecrecon`."""

from ecrecon.cli.main import run

if __name__ == "__main__":
    run()
