"""Entry point of the `alignboard` command, and of `python -m builder`.

Processes that a build starts import the main module again: what is imported on top here, they load too.
"""


def main() -> None:
    """Run the command line."""
    from builder.cli import app

    app()


if __name__ == "__main__":
    main()
