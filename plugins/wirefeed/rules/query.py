r"""The rule language: a written subset of Lucene's query syntax, so that a rule, the desk and Kibana's search bar (set to Lucene) agree.

    text:перестрелка AND country:TJ          word in a field; a bare word means title or text
    "border guards"    "troops base"~5       phrase; two words within a distance
    воен*    te?t*                           wildcards, after at least three letters, on unstemmed words
    published:[2024-01-01 TO 2024-02-01}     ranges of times and numbers: [ ] inclusive, { } exclusive, >=, <
    a AND (b OR c) AND NOT d    +a -b        one kind of operator a level; mixed ones need parentheses
    entity:"country:TJ"    topic:militancy   ids and names the tagger found

Words side by side mean OR, as in Lucene; rule files may not do that (rules/lint.py). What tantivy and Lucene read differently is refused
with its column: unescaped / : ! && ||, wildcards in phrases, distances over more than two words, regular expressions, fuzzy words, boosts,
OR NOT, a word that the index splits (quote it).
"""

import re
from functools import lru_cache

from wirefeed.rules.reader import Reader
from wirefeed.rules.tree import Boolean, Everything, Leaf, Node, Phrase, Query, QueryError, Range, Wildcard, Word

__all__ = ["Boolean", "Everything", "Leaf", "Node", "Phrase", "Query", "QueryError", "Range", "Wildcard", "Word", "parse"]
LONGEST = 20_000  # characters of a query
DEEPEST = 40  # parentheses in each other; recursion must not run out of stack


@lru_cache(maxsize=20_000)
def parse(source: str) -> Query:
    """Parse ``source``; raises QueryError with column and hint."""
    import luqum.exceptions
    import luqum.thread

    if not source.strip():
        raise QueryError("the query is empty")
    if len(source) > LONGEST:
        raise QueryError(f"the query is longer than {LONGEST} characters")
    if odd := re.search("[\ud800-\udfff\x00]", source):
        raise QueryError("a character that no text can hold", odd.start() + 1)
    _refuse_signs(source)
    _refuse_depth(source)
    try:
        tree = luqum.thread.parse(source)
    except luqum.exceptions.ParseError as error:
        raise _syntax(source, str(error)) from error
    except ValueError as error:  # luqum reads the numbers of ~ and ^ while parsing
        at = re.search(r"[~^]\d*\.", source)
        raise QueryError("a distance in words is a whole number", at.start() + 1 if at else None, 'write "one two"~5') from error
    reader = Reader(source)
    node = reader.node(tree, None)
    if isinstance(node, Boolean) and not node.must and not node.should:
        node = Boolean(must=(Everything(),), must_not=node.must_not)
    return Query(source, node, tuple(reader.side_by_side))


_SIGNS = re.compile(r"""\\.|"(?:\\.|[^"\\])*"|\[[^\]}]*[\]}]|\{[^\]}]*[\]}]|&&|\|\||!|/""", re.S)


def _refuse_signs(source: str) -> None:
    """Signs that Lucene reads as operators and an analyst mostly means as they are."""
    for found in _SIGNS.finditer(source):
        sign = found[0]
        if sign in ("&&", "||", "!"):
            raise QueryError(f"{sign} is not part of the rule language", found.start() + 1,
                             f"write {({'&&': 'AND', '||': 'OR', '!': 'NOT'})[sign]}, or escape it with \\")
        if sign == "/":
            raise QueryError("/ would begin a regular expression", found.start() + 1, "put the word into quotation marks, or escape it with \\")
    if source.count('"') - len(re.findall(r'\\"', source)) & 1:
        raise QueryError("a quotation mark is not closed", source.rfind('"') + 1)


def _refuse_depth(source: str) -> None:
    depth = 0
    for found in re.finditer(r'\\.|"(?:\\.|[^"\\])*"|[()]', source, re.S):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth > DEEPEST:
            raise QueryError(f"more than {DEEPEST} parentheses inside each other", found.start() + 1)
    unquoted = re.sub(r'"(?:\\.|[^"\\])*"', lambda quoted: "x" * len(quoted[0]), source, flags=re.S)
    if twice := re.search(r"\bNOT\s+NOT\b|\bNOT\s*[+-]|(?<![^\s(:+-])[+-]\s*[+-]|[+-]\s*NOT\b", unquoted):
        raise QueryError("two operators on one condition", twice.start() + 1)


def _syntax(source: str, message: str) -> QueryError:
    found = re.search(r"position (\d+)", message)
    column = int(found[1]) + 1 if found else None
    if "unexpected end" in message.lower() or column is None:
        opened, closed = source.count("("), source.count(")")
        if opened > closed:
            return QueryError("a parenthesis is not closed", source.find("(") + 1)
        if re.search(r"\b(AND|OR|NOT)\s*$", source):
            return QueryError("the query ends after an operator", len(source.rstrip()))
        return QueryError("the query ends too early", len(source))
    rest = source[column - 1:column + 14].split("\n")[0]
    hint = "a colon inside a word needs quotation marks or \\:" if rest.startswith(":") else "one ) too many" if rest.startswith(")") else ""
    return QueryError(f"unexpected {rest!r}", column, hint)
