"""What the workflows do with git and GitHub: the only package that runs `git` and `gh`.

Standard library only: its commands run where a token may write, and nothing is installed there.
"""
