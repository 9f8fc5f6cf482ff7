"""The old name of `python -m evaluation`."""

import runpy

if __name__ == "__main__":
    runpy.run_module("evaluation", run_name="__main__")
