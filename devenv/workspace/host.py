"""What of this machine the containers need: its proxies and the certificates that it trusts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devenv.errors import WorkspaceError

# Each of these replaces a tool's own list of authorities, so its file is enough by itself.
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATES_IN_CONTAINER = "/run/devenv/certificates.pem"
MAX_CERTIFICATES_BYTES = 500 << 10  # BuildKit takes no larger secret

_CERTIFICATE = re.compile(
    r"-----BEGIN (TRUSTED )?CERTIFICATE-----.*?-----END (TRUSTED )?CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class HostSettings:
    """`proxies` by variable in capitals; `certificates` as PEM, "" where the host trusts no others."""

    proxies: Mapping[str, str] = field(default_factory=dict)
    certificates: str = ""


def observe_host_settings(environ: Mapping[str, str]) -> HostSettings:
    """The settings by the usual variables. Raises WorkspaceError for a file that cannot be used."""
    proxies = {name: environ.get(name) or environ.get(name.lower(), "") for name in PROXY_VARIABLES}
    named = {variable: environ[variable] for variable in CERTIFICATE_VARIABLES if environ.get(variable)}
    blocks: dict[str, None] = {}
    for variable, path in named.items():
        blocks |= dict.fromkeys(_read_certificates(variable, Path(path)))
    certificates = "".join(f"{block}\n" for block in blocks)
    if len(certificates) > MAX_CERTIFICATES_BYTES:
        raise WorkspaceError(
            f"the certificates of {', '.join(named)} are {len(certificates) >> 10} KB, a build takes 500 KB",
            hint="point them at one bundle with the authorities that are needed",
        )
    return HostSettings({name: value for name, value in proxies.items() if value}, certificates)


def container_variables(host: HostSettings, container_names: Iterable[str]) -> dict[str, str]:
    """What host.env says. Containers of the project reach each other without the proxy."""
    variables: dict[str, str] = {}
    if host.certificates:
        names = (*CERTIFICATE_VARIABLES, "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO")
        variables |= dict.fromkeys(names, CERTIFICATES_IN_CONTAINER)
    proxies = dict(host.proxies)
    if proxies:
        direct = proxies.get("NO_PROXY", "").split(",")
        proxies["NO_PROXY"] = ",".join(
            dict.fromkeys(filter(None, [*direct, "localhost", "127.0.0.1", *container_names]))
        )
    for name, value in proxies.items():
        variables |= {name: value, name.lower(): value}  # tools disagree on the case
    return variables


def _read_certificates(variable: str, path: Path) -> list[str]:
    """The certificates of a file or of a folder's files, without the comments around them."""
    try:
        files = sorted(item for item in path.iterdir() if item.is_file()) if path.is_dir() else [path]
        text = "\n".join(file.read_text("ascii", errors="replace") for file in files)
    except OSError as error:
        raise WorkspaceError(
            f"{variable} names {path}, which cannot be read",
            details=str(error),
            hint=f"unset {variable}, or point it at the file with the certificates that you trust",
        ) from error
    return [match.group(0).replace("\r\n", "\n") for match in _CERTIFICATE.finditer(text)]
