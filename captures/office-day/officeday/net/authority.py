"""A certificate authority for one recording; its key never leaves the temporary folder."""

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class Authority:
    """Writes `authority.pem` and, for each name, `NAME.pem` (leaf, intermediate) and `NAME.key`.

    An intermediate stands between, as on the real web, so that the server's flight has a
    usual size.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._root_key, self._key = _key(), _key()
        root_name = _name("Office Day Root")
        self._root = self._certificate(root_name, root_name, self._root_key, self._root_key, True)
        self._issuer = self._certificate(_name("Office Day Issuing E1"), root_name, self._key,
                                         self._root_key, True)
        self.root_path = folder / "authority.pem"
        self.root_path.write_bytes(_pem(self._root))

    def issue(self, name: str) -> None:
        key = _key()
        leaf = self._certificate(_name(name), self._issuer.subject, key, self._key, False, name)
        (self.folder / f"{name}.pem").write_bytes(_pem(leaf) + _pem(self._issuer))
        (self.folder / f"{name}.key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))

    def key_hash(self, name: str) -> str:
        """SHA-256 of a leaf's SubjectPublicKeyInfo in Base64, as Chromium's switch wants it."""
        leaf = x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())
        key = leaf.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(key).digest()).decode()

    def _certificate(self, subject, issuer, key, issuer_key, is_authority, host=None):
        now = datetime.now(timezone.utc)
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - timedelta(days=2))
                   .not_valid_after(now + timedelta(days=80))
                   .add_extension(x509.BasicConstraints(is_authority, None), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                                  False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                       issuer_key.public_key()), False)
                   .add_extension(x509.KeyUsage(True, False, False, False, False, is_authority,
                                                is_authority, False, False), True))
        if host:
            builder = (builder
                       .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
                       .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
                                      False))
        return builder.sign(issuer_key, hashes.SHA256())


def _key():
    return ec.generate_private_key(ec.SECP256R1())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _pem(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
