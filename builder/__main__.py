"""Entry point of the `alignboard` command, and of `python -m builder`.

Processes that a build starts import the main module again: what is imported on top here, they load too.
"""


def main() -> None:
    """Run the command line."""
    import io
    import sys

    from builder.cli import app

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as standard error has it: a name may be any text
    app()


if __name__ == "__main__":
    main()
