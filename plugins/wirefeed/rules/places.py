"""From a column of a query to the line and column of the YAML file it stands in: block scalars fold lines, quotation marks shift columns."""

import re

from wirefeed.yaml_files import YamlFile

_HEADER = re.compile(r"[ \t]*[>|][+-]?\d*[ \t]*(?:#[^\n]*)?\n")


def place(file: YamlFile, text: str, value: str, column: int | None, key: str = "query") -> tuple[int | None, int | None]:
    """(line, column) in the file, from 1, of column ``column`` of the string at the top-level ``key``; (line, None) when it is not found."""
    line = file.line((key,))
    found = re.search(rf"(?m)^[\"']?{re.escape(key)}[\"']?[ \t]*:", text)
    if column is None or found is None:
        return line, None
    at = found.end()
    if header := _HEADER.match(text, at):
        at = header.end()
    for char in value[:column]:
        if char.isspace():
            continue
        at = text.find(char, at) + 1
        if not at:
            return line, None
    return text.count("\n", 0, at - 1) + 1, at - 1 - text.rfind("\n", 0, at - 1)
