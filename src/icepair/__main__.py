"""``python -m icepair``."""

from icepair.cli import main

if __name__ == "__main__":
    main()
