"""Rules as the alert stage sees them: the one place that knows how rules/catalog.py spells its fields."""

from typing import TYPE_CHECKING

from wirefeed.alerts.values import Policy

if TYPE_CHECKING:
    from wirefeed.rules.catalog import RuleSet

CAP = 12  # mails an hour for one rule and recipient; what is above goes into an hourly mail


def policies(rules: "RuleSet") -> dict[str, Policy]:
    """Every active rule by id."""
    return {rule.id: Policy(
        id=rule.id, title=rule.title, severity=rule.severity, rhythm=rule.rhythm, recipients=rule.recipients, cap=CAP,
        revision=rules.revisions[rule.id], source=rules.sources[rule.id].text, quiet=rule.quiet_hours == "keep", owner=rule.owner,
        query=rule.query, escalate_to=rule.escalate_to, escalate_after=rule.escalate_after) for rule in rules}
