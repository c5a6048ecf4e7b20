"""One authority and the certificates of the components, valid for days: a test cluster is young."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.cluster.equipment.places import NODE_NAME, Addresses, Places

LIFE = dt.timedelta(days=30)
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Identity:
    """A subject: `name` is the user, `organisation` the group, `hosts` what a server answers for."""

    file: str
    name: str
    organisation: str | None = None
    hosts: tuple[str, ...] = ()


def identities(addresses: Addresses) -> tuple[Identity, ...]:
    api = (
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    )
    return (
        Identity("apiserver", "kube-apiserver", hosts=(*api, "127.0.0.1", addresses.api_service, addresses.node)),
        Identity("kubelet-server", NODE_NAME, hosts=(NODE_NAME, addresses.node)),
        Identity("admin", "academy-admin", "system:masters"),
        Identity("apiserver-kubelet", "kube-apiserver-kubelet", "system:masters"),
        Identity("controller-manager", "system:kube-controller-manager"),
        Identity("scheduler", "system:kube-scheduler"),
        Identity("kubelet", f"system:node:{NODE_NAME}", "system:nodes"),
        Identity("proxy", "system:kube-proxy"),
        Identity("policies", "academy-policies", "system:masters"),
        Identity("volumes", "academy-volumes", "system:masters"),
    )


def make_certificates(places: Places) -> None:
    """Everything anew: a cluster that starts again starts with an authority of its own."""
    authority_key, authority = make_authority("academy-test-cluster")
    write(places, "ca", authority_key, authority)
    for identity in identities(places.addresses):
        write(places, identity.file, *sign(identity, authority_key, authority))
    # Who speaks for others through the aggregation layer is a matter of an authority of its own.
    front_key, front = make_authority("academy-front-proxy")
    write(places, "front-proxy-ca", front_key, front)
    write(places, "front-proxy", *sign(Identity("front-proxy", "front-proxy-client"), front_key, front))
    _service_account_keys(places)


def make_authority(name: str) -> tuple[Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, made


def sign(identity: Identity, authority_key: Key, authority: x509.Certificate) -> tuple[Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, identity.name)]
    if identity.organisation:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, identity.organisation))
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if identity.hosts:
        purposes.append(ExtendedKeyUsageOID.SERVER_AUTH)
    builder = (
        _builder(x509.Name(parts), authority.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        # Python 3.13 and newer verify strictly and want to know whose key signed.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
    )
    if identity.hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(_names(identity.hosts)), critical=False)
    return key, builder.sign(authority_key, hashes.SHA256())


def _builder(subject: x509.Name, issuer: x509.Name, key: Key) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    return [_name(host) for host in hosts]


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def write(places: Places, name: str, key: Key, certificate: x509.Certificate) -> None:
    _write_key(places.key(name), key)
    places.certificate(name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: Key | rsa.RSAPrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _service_account_keys(places: Places) -> None:
    """RSA, so that any client can verify the tokens; the public half is what the API server reads."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_key(places.key("service-accounts"), key)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (places.folder("certificates") / "service-accounts.pub").write_bytes(public)
