"""`python -m tenants.emulator`: the emulator as a process of its own."""

import argparse
from pathlib import Path

from tenants.emulator.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="tenants.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free port")
    parser.add_argument("--state", type=Path, required=True, help="the SQLite file it remembers by")
    parser.add_argument(
        "--tls",
        action="store_true",
        help="serve https, with a certificate made beside the state file; its path is printed",
    )
    given = parser.parse_args()
    serve(host=given.host, port=given.port, state_file=given.state, tls=given.tls)


if __name__ == "__main__":
    main()
