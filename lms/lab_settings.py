"""Settings of the providers that run labs elsewhere than as processes; read from ACADEMY_DOCKER_* variables."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from labs.naming import DOMAIN, may_be_one_site


def on_the_platforms_site(domain: str, info: ValidationInfo) -> str:
    """The labs' domain, unless it is surely of another site, in whose frames JupyterLab opens itself anew for ever."""
    host = urlsplit(info.data.get("public_url") or f"http://{DOMAIN}").hostname or DOMAIN
    if not may_be_one_site(domain, host):
        raise ValueError(f"must be of the same site as {host}, such as labs.{host}: no lab works in its page otherwise")
    return domain


class DockerLabs(BaseSettings):
    """Labs as containers on one engine; used when `ACADEMY_PROVIDER` is `docker`."""

    model_config = SettingsConfigDict(env_prefix="ACADEMY_DOCKER_", frozen=True)

    engine: str | None = Field(None, description="The engine's address; `DOCKER_HOST` or the local socket by default.")
    door_host: str = Field("127.0.0.1", description="The address on which labs are reached by browsers.")
    door_port: int = Field(8300, ge=1, le=65535, description="The port on which labs are reached by browsers.")
    public_port: int | None = Field(
        None, ge=1, le=65535, description="The port that browsers see, where a proxy stands before the door."
    )
    judges_port: int = Field(8301, ge=1, le=65535, description="The loopback port through which work is checked.")
    pool: str = Field("10.213.0.0/16", description="Addresses of labs' networks: nothing else may use them.")
    closed: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Networks, separated by commas, that labs with internet access may not reach besides private ones.",
    )
    capped_disks: bool = Field(
        True, description="Each lab's work on a disk of its own size; false where loop devices cannot be made."
    )

    @field_validator("closed", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value
