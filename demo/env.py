"""`make env`: writes .env for docker-compose.yml out of .env.example, every <generate:...> replaced by a fresh secret."""

import base64
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_MAKERS = {
    "hex32": lambda: secrets.token_hex(32),  # 64 characters
    "hex64": lambda: secrets.token_hex(64),  # 128 characters: HS512 wants at least 64 bytes
    "password": lambda: secrets.token_urlsafe(24).replace("-", "x").replace("_", "y"),
    "fernet": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


def fill(example: str) -> str:
    """The example's text with a secret of its own for every placeholder. Raises KeyError for an unknown kind."""
    return re.sub(r"<generate:(\w+)>", lambda found: _MAKERS[found[1]](), example)


def main() -> None:
    """Write .env (mode 600) unless there is one: secrets in use are never replaced."""
    target = ROOT / ".env"
    if target.exists():
        sys.exit(".env is there already and stays as it is (move it away to make a new one)")
    target.touch(mode=0o600)
    target.write_text(fill((ROOT / ".env.example").read_text("utf-8")), "utf-8")
    print("Wrote .env with fresh secrets. Next: docker compose up -d --build")


if __name__ == "__main__":
    main()
