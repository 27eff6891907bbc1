"""Pages as a reader sees them: PNGs made by a real browser into tests/artifacts (looked at by people, measured by tests)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ARTIFACTS = Path(__file__).parent / "artifacts"


def picture(html: str, name: str, folder: Path, width: int, height: int, dark: bool = False) -> Path:
    """A PNG made by Chromium without a network."""
    browser = next((found for one in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(one))), None)
    if browser is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    ARTIFACTS.mkdir(exist_ok=True)
    if dark:  # what a mail program in dark mode does with the media query
        html = html.replace("@media (prefers-color-scheme: dark)", "@media all")
    if width < 500:  # Chromium's window is at least 500 wide: the page sits in a frame of a phone's width
        (folder / f"{name}.inner.html").write_text(html, "utf-8")
        html = f'<!doctype html><body style="margin:0"><iframe src="{name}.inner.html" width="{width}" height="{height}" style="border:0"></iframe>'
    source, target = folder / f"{name}.html", ARTIFACTS / f"{name}.png"
    source.write_text(html, "utf-8")
    target.unlink(missing_ok=True)
    subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--allow-file-access-from-files",
                    f"--user-data-dir={folder / ('profile-' + name)}", f"--window-size={max(width, 500)},{height}", f"--screenshot={target}",
                    source.as_uri()], check=True, timeout=90, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env={**os.environ, "HOME": str(folder)})
    return target
