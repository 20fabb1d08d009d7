"""The keys of a compose file: which devenv passes on, and what to write instead of the others."""

from __future__ import annotations

# What compose knows of a container and devenv has no word for.
PASSED_ON = frozenset(
    (
        "annotations", "blkio_config", "cap_add", "cap_drop", "cgroup", "cgroup_parent", "configs",
        "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime",
        "cpu_shares", "cpuset", "credential_spec", "deploy", "device_cgroup_rules", "devices", "dns",
        "dns_opt", "dns_search", "domainname", "expose", "external_links", "extra_hosts", "gpus",
        "group_add", "hostname", "ipc", "isolation", "labels", "logging", "mac_address", "mem_reservation",
        "mem_swappiness", "memswap_limit", "networks", "oom_kill_disable", "oom_score_adj", "pids_limit",
        "privileged", "runtime", "secrets", "security_opt", "shm_size", "stdin_open", "storage_opt",
        "sysctls", "tmpfs", "tty", "ulimits", "userns_mode", "uts",
    )
)  # fmt: skip
# Of a container that runs no agent.
OF_SERVICES = frozenset(
    (
        "entrypoint", "init", "pid", "platform", "read_only", "restart", "stop_grace_period", "stop_signal",
        "user", "working_dir",
    )
)  # fmt: skip
INSTEAD = {
    "build": "lines of your own for the image stand in app.dockerfile",
    "command": "write `command` beside `compose`",
    "container_name": "the names are compose's, so that two checkouts can run side by side",
    "cpus": "write `resources: {cpus: …}` beside `compose`",
    "depends_on": "the app starts after its services; `after` is for a service that starts later",
    "env_file": "write app.env_file",
    "environment": "write `env` beside `compose`",
    "extends": "compose would read another file",
    "healthcheck": "write `health_check` of a service; devenv's agent answers for processes",
    "image": "write `image` of a service; processes and jobs run the app's image",
    "links": "containers reach each other by name",
    "mem_limit": "write `resources: {memory: …}` beside `compose`",
    "network_mode": "the app would not be reached by name any more; use `networks`",
    "ports": "write `port` or `ports` beside `compose`",
    "profiles": "devenv decides what is started",
    "pull_policy": "devenv decides what is pulled",
    "scale": "write `replicas` beside `compose`",
    "volumes": "write `volumes` beside `compose`",
    "volumes_from": "write `volumes` beside `compose`",
}
OF_THE_FILE = frozenset({"networks", "volumes", "secrets", "configs"})
INSTEAD_OF_THE_FILE = {
    "name": "write `name` at the top of devenv.yaml",
    "services": "write `compose` in the service, process or job that is meant",
    "include": "compose would read another file",
    "version": "compose needs none",
}
