"""Promises that hold for the tree as it is: headers, symbols, vocabularies, layers."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["TIDEGATE_BUILD"])
LONG = os.environ.get("TIDEGATE_TIER") == "long"
HEADERS = sorted((ROOT / "abi/include").rglob("*.h"))
