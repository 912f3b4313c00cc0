"""Chromium without a window, driven through its own command line: one page after the other.

A profile of its own holds the recording's authority, so that pages load as trusted ones.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--authority", required=True)
    parser.add_argument("--quic", help="a host to load over HTTP/3")
    parser.add_argument("--spki", help="hash of that host's key, as Chromium wants it")
    parser.add_argument("--wait", type=float, default=0, help="stay this long on each page")
    parser.add_argument("pages", nargs="+")
    options = parser.parse_intermixed_args()
    with tempfile.TemporaryDirectory() as home:
        store = Path(home) / ".pki" / "nssdb"
        store.mkdir(parents=True)
        for command in (("-N", "--empty-password"),
                        ("-A", "-t", "C,,", "-n", "office", "-i", options.authority)):
            subprocess.run(["certutil", "-d", f"sql:{store}", *command], check=True)
        for page in options.pages:
            _load(page, home, options)
            time.sleep(0.4)


def _load(page: str, home: str, options) -> None:
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-dev-shm-usage", "--password-store=basic",
               f"--user-data-dir={home}/profile", "--lang=en-GB"]
    if options.quic:
        command += [f"--origin-to-force-quic-on={options.quic}:443",
                    f"--ignore-certificate-errors-spki-list={options.spki}"]
    if options.wait:
        command += ["--remote-debugging-port=0"]
    else:
        command += ["--timeout=6000", "--dump-dom"]
    environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": f"{home}/config",
                   "XDG_CACHE_HOME": f"{home}/cache"}
    process = subprocess.Popen([*command, page], env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        process.wait(options.wait or 20)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()
