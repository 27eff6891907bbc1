"""Words whose Snowball English stem differs between Lucene's version and tantivy's: tantivy's stem is the one that counts.

The two differ in the words that Snowball's English algorithm lists as special beginnings; found by comparing both over the
vocabulary of tests/index (the test fails with the list to put here).
"""

ENGLISH_OVERRIDES: dict[str, str] = {}
