"""Certificates as an operator gets them from an authority of the house."""

import datetime
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class HouseAuthority:
    """A root, and below it the one that signs: servers have to show the second."""

    root_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def root(self) -> bytes:
        """What clients trust, PEM."""
        return self._authority("House root", self.root_key).public_bytes(serialization.Encoding.PEM)

    def write(self, certificate: Path, key: Path, number: int, kind: str = "ecdsa") -> None:
        """A server's certificate with what leads to the root, and its key, in the two files."""
        own = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        built = (
            self._begun("House signer", "server", own.public_key())
            .serial_number(number)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        chain = [built, self._authority("House signer", self.key)]
        # One file after the other, as every tool does.
        certificate.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))
        key.write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        key.chmod(0o600)

    def _authority(self, name: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        builder = self._begun("House root", name, key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        return builder.add_extension(usage, critical=True).sign(self.root_key, hashes.SHA256())

    def _begun(self, issuer: str, name: str, key) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        signer = self.root_key if issuer == "House root" else self.key
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        return (
            x509.CertificateBuilder()
            .issuer_name(_name(issuer))
            .subject_name(_name(name))
            .public_key(key)
            .not_valid_before(now - DAY)
            .not_valid_after(now + 90 * DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(identifier, critical=False)
        )
