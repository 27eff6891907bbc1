"""Places, people, groups and topics in a text, with the words that prove them."""
