ALERTS: dict[str, tuple] = {
    "ALERT_REFRESH": (bool, True),
    "ALERTS_PER_USER": (int, 999),
}
