"""An endpoint on which clients log in."""

PLAIN = "PLAIN"
# Whom the system trusts, which is nobody that a data directory has made.
SYSTEM = "system"
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")


class Login(str):
    """Where, as whom and how. It is the address, so that it goes wherever an endpoint goes."""

    user: str
    password: str
    mechanism: str
    authority: str | None

    def __new__(
        cls, endpoint: str, user: str, password: str, mechanism: str = PLAIN, authority: str | None = None
    ) -> "Login":
        """`authority` is the file of whom to trust, or `SYSTEM`; without it the login goes over the network in clear."""
        login = super().__new__(cls, endpoint)
        login.user, login.password, login.mechanism, login.authority = user, password, mechanism, authority
        return login


def librdkafka(endpoint: str) -> dict:
    """Settings of every client of this family."""
    settings = {"bootstrap.servers": str(endpoint)}
    if isinstance(endpoint, Login):
        settings |= {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": endpoint.mechanism,
            "sasl.username": endpoint.user,
            "sasl.password": endpoint.password,
        }
        if endpoint.authority:
            settings["security.protocol"] = "SASL_SSL"
        if endpoint.authority not in (None, SYSTEM):
            settings["ssl.ca.location"] = endpoint.authority
    return settings


def kafka_python(endpoint: str) -> dict:
    settings = {"bootstrap_servers": str(endpoint)}
    if isinstance(endpoint, Login):
        settings |= {
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": endpoint.mechanism,
            "sasl_plain_username": endpoint.user,
            "sasl_plain_password": endpoint.password,
        }
    return settings


def java(endpoint: str) -> dict:
    """Words of the program's command line."""
    words = {"endpoint": str(endpoint)}
    if isinstance(endpoint, Login):
        words |= {"user": endpoint.user, "password": endpoint.password, "mechanism": endpoint.mechanism}
    return words


def kcat(endpoint: str) -> list[str]:
    return [
        word
        for name, value in librdkafka(endpoint).items()
        for word in (["-b", value] if name == "bootstrap.servers" else ["-X", f"{name}={value}"])
    ]
