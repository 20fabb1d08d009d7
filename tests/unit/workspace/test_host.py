from __future__ import annotations

from pathlib import Path

import pytest

from devenv.errors import WorkspaceError
from devenv.workspace.host import HostSettings, container_variables, observe_host_settings

ONE = "-----BEGIN CERTIFICATE-----\nMIIone\n-----END CERTIFICATE-----\n"
TWO = "-----BEGIN CERTIFICATE-----\nMIItwo\n-----END CERTIFICATE-----\n"


def test_a_host_without_settings_has_none() -> None:
    assert observe_host_settings({"PATH": "/bin", "HTTP_PROXY": "", "SSL_CERT_FILE": ""}) == HostSettings()


def test_proxies_are_found_in_both_cases() -> None:
    environ = {
        "http_proxy": "http://a",
        "HTTPS_PROXY": "http://b",
        "no_proxy": ".corp",
        "FTP_PROXY": "http://c",
    }
    assert observe_host_settings(environ).proxies == {
        "HTTP_PROXY": "http://a",
        "HTTPS_PROXY": "http://b",
        "NO_PROXY": ".corp",
    }


def test_certificates_of_all_bundles_are_joined_once_each_without_comments(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text(f"# Corp CA\n{ONE}Some words\n{TWO}")
    (tmp_path / "b.pem").write_bytes(TWO.replace("\n", "\r\n").encode())
    environ = {
        name: str(tmp_path / file)
        for name, file in {"SSL_CERT_FILE": "a.pem", "PIP_CERT": "a.pem", "CURL_CA_BUNDLE": "b.pem"}.items()
    }
    assert observe_host_settings(environ).certificates == ONE + TWO


def test_a_folder_of_certificates_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "2.pem").write_text(TWO)
    (tmp_path / "1.crt").write_text(ONE)
    (tmp_path / "README").write_text("no certificate")
    assert observe_host_settings({"REQUESTS_CA_BUNDLE": str(tmp_path)}).certificates == ONE + TWO


def test_a_bundle_that_is_not_there_is_named_with_its_variable(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as raised:
        observe_host_settings({"PIP_CERT": str(tmp_path / "gone.pem")})
    assert raised.value.summary == f"PIP_CERT names {tmp_path / 'gone.pem'}, which cannot be read"


def test_more_certificates_than_a_build_takes_are_refused(tmp_path: Path) -> None:
    many = (
        f"-----BEGIN CERTIFICATE-----\n{number:064}\n-----END CERTIFICATE-----\n" for number in range(5000)
    )
    (tmp_path / "a.pem").write_text("".join(many))
    with pytest.raises(WorkspaceError, match="a build takes 500 KB"):
        observe_host_settings({"SSL_CERT_FILE": str(tmp_path / "a.pem")})


def test_a_hosts_own_exceptions_from_the_proxy_stay_and_the_containers_join_them() -> None:
    host = HostSettings({"NO_PROXY": ".corp,localhost"})
    assert container_variables(host, ["db", "web"])["no_proxy"] == ".corp,localhost,127.0.0.1,db,web"


def test_without_a_proxy_there_is_nothing_to_go_around() -> None:
    assert container_variables(HostSettings(), ["db"]) == {}
