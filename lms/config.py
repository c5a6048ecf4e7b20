"""Every setting of the platform, read from ACADEMY_* variables and checked once at start."""

import contextlib
import hashlib
import os
import secrets
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SecretsSettingsSource, SettingsConfigDict
from pydantic_settings import PydanticBaseSettingsSource as Source

from labs import places
from lms import database_url
from lms.lab_settings import DockerLabs, on_the_platforms_site


def default_home() -> Path:
    data_home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data_home) / "mlops-academy"


class RateLimits(BaseSettings):
    """Requests allowed per person or address; the syntax is Flask-Limiter's."""

    model_config = SettingsConfigDict(env_prefix="ACADEMY_LIMIT_", frozen=True)

    sign_in: str = Field("10 per minute; 60 per hour", description="Tries for one account.")
    sign_in_address: str = Field("120 per minute", description="Tries from one address: a class shares one.")
    registration: str = Field("120 per hour", description="New accounts from one address.")
    submission: str = Field("6 per minute; 40 per hour", description="Projects of one person that are accepted.")
    submission_tries: str = Field("20 per minute; 120 per hour", description="Tries to hand in, refused ones too.")
    lab_start: str = Field("12 per minute; 60 per hour", description="Starts and resets of labs by one person.")


class Settings(BaseSettings):
    """Immutable settings; paths derive from `home` and `instance` so that nothing lives in the checkout."""

    # What is wrong is said without its value: that may be an address with a password in it, on its way into a log.
    model_config = SettingsConfigDict(env_prefix="ACADEMY_", frozen=True, extra="ignore", hide_input_in_errors=True)

    home: Path = Field(default_factory=default_home, description="Where environments and instances live.")
    instance: str = Field("main", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="The organisation's folder in home.")

    part: Literal["web", "worker", "examiner", "beat", "exporter", "migrate"] | None = Field(
        None, description="Which part a container is, so that `lms doctor` in it asks for what that part holds."
    )

    bind: str = Field("127.0.0.1", description="The address the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port the web server listens on; 8001 for the demo.")
    public_url: str | None = Field(None, description="What learners type; http://academy.localhost:<port> by default.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front, whose X-Forwarded-* is believed."
    )

    database: Annotated[str, AfterValidator(database_url.checked)] | None = Field(
        None, description="`postgresql://user:password@host/name`; SQLite in the instance folder by default."
    )
    database_connections: int = Field(15, ge=2, description="Most connections of one process to PostgreSQL.")
    broker: str | None = Field(None, description="A Celery broker URL; the embedded Valkey by default.")
    secret: SecretStr | None = Field(None, description="Signs cookies; made once in the instance folder by default.")
    secrets: Path | None = Field(
        None, description="A folder whose files hold settings: `academy_secret`, `academy_database`, `academy_broker`."
    )

    provider: Literal["process", "docker", "kubernetes"] = Field(
        "process", description="What runs the labs: `process`, `docker` or `kubernetes`."
    )
    docker: DockerLabs = Field(default_factory=DockerLabs)
    lab_images: Path | None = Field(
        None, description="Names of the labs' images, as `python -m labs images` writes them; in home by default."
    )
    cluster: Path | None = Field(
        None, description="A YAML file that describes the cluster of the labs; [its keys](labs-on-a-cluster.md)."
    )
    installation_name: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_.-]{1,80}$",
        description="Marks this installation's labs; made of the instance folder's path by default.",
    )  # fmt: skip
    labs_domain: Annotated[str, AfterValidator(on_the_platforms_site)] | None = Field(
        None, description="Labs are `<lab>.<labs domain>`, of the platform's site; its own host name by default."
    )
    accept_process_labs_beyond_loopback: bool = Field(
        False, description="Process labs isolate nobody: true says that everyone who can reach this address is trusted."
    )
    labs_at_once: int = Field(8, ge=1, description="Running labs on this machine.")
    labs_starting_at_once: int | None = Field(None, ge=1, description="Labs starting together; else one per core.")
    labs_per_person: int = Field(2, ge=1, description="Running labs of one learner.")
    lab_pool: str = Field(
        "",
        pattern=r"^$|^[a-z0-9-]+=\d{1,3}(, *[a-z0-9-]+=\d{1,3})*$",
        description="Labs kept ready for who starts next, while places are free: `tour-your-lab=2, serve-a-model=1`.",
    )
    lab_pool_minutes: int = Field(
        240, ge=10, description="A lab of the pool that nobody took for so long is replaced by a new one."
    )

    upload_bytes: int = Field(20 * 1024 * 1024, ge=1024, description="The largest zip that is taken.")
    git_allow_private_addresses: bool = Field(False, description="Lets a git URL name a private or loopback address.")
    registration: Literal["open", "closed"] = Field(
        "open", description="`closed`: only an administrator makes accounts, by invitation."
    )
    session_days: int = Field(14, ge=1, description="How long a sign-in lasts.")

    limits: RateLimits = Field(default_factory=RateLimits)
    limits_enabled: bool = Field(True, description="False switches all rate limits off: for tests only.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: Source,
        env_settings: Source,
        dotenv_settings: Source,
        file_secret_settings: Source,
    ) -> tuple[Source, ...]:
        """Arguments, then variables, then the files of a folder: where containers get their secrets."""
        folder = os.environ.get("ACADEMY_SECRETS")
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder else ()
        return init_settings, env_settings, *files

    @cached_property
    def instance_folder(self) -> Path:
        return self.home / self.instance

    @cached_property
    def installation(self) -> str:
        """Marks this instance's lab processes: two homes on one machine never take each other's labs for their own."""
        if self.installation_name:
            return self.installation_name
        folder = str(self.instance_folder.absolute())
        return f"{self.instance}-{hashlib.sha256(folder.encode()).hexdigest()[:8]}"

    @cached_property
    def lab_pool_sizes(self) -> dict[str, int]:
        """How many labs are kept ready, by the lab's slug."""
        pairs = (one.strip().split("=") for one in self.lab_pool.split(",") if one.strip())
        return {slug: int(size) for slug, size in pairs}

    @cached_property
    def lab_images_file(self) -> Path:
        return self.lab_images or places.lab_images(self.home)

    @cached_property
    def lab_environment(self) -> Path:
        """The locked environment of labs."""
        return places.lab_environment(self.home)

    @cached_property
    def base_url(self) -> str:
        return (self.public_url or f"http://academy.localhost:{self.port}").rstrip("/")

    @cached_property
    def host(self) -> str:
        """The platform's own host name."""
        return urlsplit(self.base_url).hostname or "academy.localhost"

    @cached_property
    def labs_host(self) -> str:
        """The domain below which each lab has a host name."""
        return self.labs_domain or self.host

    @cached_property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")

    @cached_property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.instance_folder / 'academy.sqlite3'}"

    @cached_property
    def broker_url(self) -> str:
        return self.broker or f"redis+socket://{self.instance_folder / 'run' / 'broker.sock'}"

    @cached_property
    def secret_key(self) -> str:
        """The configured secret, else one made on first use and kept readable by its owner only."""
        if self.secret is not None:
            return self.secret.get_secret_value()
        return _secret_from_file(self.instance_folder / "secret-key")


def _secret_from_file(path: Path) -> str:
    """The secret in this file; the first of several processes to ask makes it, whole or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text().strip()
