"""A letter as an RFC 5322 message: headers that cannot be broken out of, text and HTML, the same bytes each time. Pure."""

import unicodedata
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any

from wirefeed.alerts.channel import Letter
from wirefeed.alerts.ids import mail_id

# Ids and addresses between angle brackets: whoever reads them decodes nothing (RFC 2047, 5), but a long one the library would encode.
_BARE = frozenset({"message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"})
LONGEST_LINE = 998  # octets (RFC 5322, 2.1.1)


class _Policy(EmailPolicy):
    """The library's own folding doubles the space between plain and encoded words of a mixed subject; encoding it whole does not."""

    def fold(self, name: str, value: Any) -> str:
        """One header as lines."""
        if name.lower() in _BARE:
            first, *others = str(value).split()
            return f"{name}: " + f"{self.linesep} ".join((first, *others)) + self.linesep
        if name.lower() == "subject" and not str(value).isascii():
            return f"{name}: {Header(str(value), 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same as bytes."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")
# Bidirectional controls can turn a headline round in a mail program's list; zero-width spaces hide words from filters. The zero-width
# joiner and non-joiner stay: Persian and emoji need them.
_INVISIBLE = dict.fromkeys([0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A),
                            *range(0xFFF9, 0xFFFC)])


def visible(text: str) -> str:
    """Feed text without control, bidirectional and zero-width characters; white space becomes plain spaces."""
    plain = text.translate(_INVISIBLE)
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs", "Co") else sign for sign in plain)


def one_line(text: str, longest: int = 0) -> str:
    """Feed text as one harmless line, white space joined; ``longest`` characters (0: all), cut at a word."""
    plain = unicodedata.normalize("NFC", " ".join(visible(text).split()))
    if longest and len(plain) > longest:
        cut = plain[:longest]
        cut = cut.rsplit(" ", 1)[0] if " " in cut[longest // 2:] else cut
        while cut and (unicodedata.combining(cut[-1]) or cut[-1] in "\u200c\u200d\ufe0f"):  # no half of an emoji or letter
            cut = cut[:-1]
        plain = cut.rstrip(" ,;:-–—·") + "…"
    return plain


def mime(letter: Letter, sender: str) -> EmailMessage:
    """The whole message. ``sender``: ``name <address>`` or an address alone."""
    name, address = parseaddr(one_line(sender))
    domain = address.rpartition("@")[2] or "localhost"
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = one_line(letter.subject)
    message["From"] = Address(display_name=name or "Wirefeed", addr_spec=address)
    message["To"] = Address(display_name=one_line(letter.recipient.name, 80), addr_spec=letter.recipient.address)
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = mail_id(letter.id, address)
    if letter.references:
        thread = [mail_id(one, address) for one in letter.references]
        message["In-Reply-To"] = thread[-1]
        message["References"] = " ".join(thread[:1] + thread[1:][-9:])
    message["List-Id"] = f"<{letter.list_id}.wirefeed.{domain}>"
    if letter.unsubscribe and letter.unsubscribe.isascii() and len(letter.unsubscribe) <= LONGEST_LINE - len("List-Unsubscribe: <>"):
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "list"  # keeps out-of-office answers away where Auto-Submitted is not known
    if letter.severity == "flash":
        message["Importance"] = "high"
    message["X-Wirefeed-Kind"] = letter.kind
    message["X-Wirefeed-Severity"] = letter.severity
    message.set_content(_encodable(letter.text))
    message.add_alternative(_encodable(letter.html), subtype="html")
    message.set_boundary(f"=_wirefeed_{letter.id[:32]}")
    return message


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
