"""Promises that hold for the tree as it is: headers, symbols, vocabularies, layers."""
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["TIDEGATE_BUILD"])
LONG = os.environ.get("TIDEGATE_TIER") == "long"
HEADERS = sorted((ROOT / "abi/include").rglob("*.h"))


def structs(text):
    """The structs that a header defines, each with the names of its members."""
    for body, name in re.findall(r"^typedef struct \w+ \{(.*?)\n\} (\w+);", text, re.S | re.M):
        body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
        yield name, [re.search(r"\(\*(\w+)\)|(\w+)(?:\[\d+\])?$", member.strip()).expand(r"\1\2")
                     for member in body.split(";") if member.strip()]
