"""What the platform asks a provider for: one lab, complete and unchangeable."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from labs import naming
from labs.errors import UnknownComponent


class Limits(BaseModel):
    """What a lab may use at most; a provider's `promises` say which of these it enforces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_mb: int = Field(default=2048, ge=128)
    cpus: float = Field(default=2.0, gt=0)
    disk_mb: int = Field(default=2048, ge=64)
    processes: int = Field(default=256, ge=16)
    start_seconds: int = Field(default=180, ge=1)


class LabSpec(BaseModel):
    """One lab of one person. `repr` and JSON never show the token; `generation` rises at each reset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    installation: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,80}$")
    lab_id: int = Field(gt=0)
    generation: int = Field(default=1, ge=1)
    name: str
    components: tuple[str, ...]
    starter: Path | None = None
    open: str | None = None
    host: str
    token: SecretStr
    frame_origin: str = Field(default="http://academy.localhost:8000", pattern=r"^https?://[A-Za-z0-9.:-]+$")
    limits: Limits = Limits()
    egress: bool = False
    """Whether the lab needs the internet; a provider that promises a network opens it, and nothing else."""
    kubectl: bool = False
    """Whether the lab teaches kubectl; only a cluster can give it."""

    @field_validator("name")
    @classmethod
    def _safe_name(cls, name: str) -> str:
        if not naming.is_lab_name(name):
            raise ValueError(f"not a lab name: {name!r}")
        return name

    @field_validator("host")
    @classmethod
    def _safe_host(cls, host: str) -> str:
        if len(host) > 200 or not all(naming.is_lab_name(label) for label in host.split(".")):
            raise ValueError(f"not a host name: {host!r}")
        return host

    @field_validator("token")
    @classmethod
    def _strong_token(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not 20 <= len(text) <= 70 or not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
            raise ValueError("a lab token is 20 to 70 letters, digits, - and _")
        return token

    @model_validator(mode="after")
    def _components_once(self) -> Self:
        if len(set(self.components)) != len(self.components) or not self.components:
            raise ValueError("components are named once each, and there is at least one")
        return self

    @property
    def mark(self) -> str:
        """What every process of this lab carries in its environment."""
        return naming.ownership(self.installation, self.name)

    @property
    def first_page(self) -> str:
        """The path within the workspace at which a browser begins."""
        return f"/lab/tree/{self.open}" if self.open else "/lab"

    def must_have(self, component: str) -> None:
        """Raise UnknownComponent where the lab has none of this name."""
        if component not in self.components:
            raise UnknownComponent(f"{self.name} has no component '{component}'; it has {', '.join(self.components)}")

    def headers(self, credential: Literal["none", "basic", "token"]) -> dict[str, str]:
        """What a request carries to a component that asks for the lab's token in this way."""
        token = self.token.get_secret_value()
        match credential:
            case "token":
                return {"Authorization": f"token {token}"}
            case "basic":
                return {"Authorization": f"Basic {base64.b64encode(f'lab:{token}'.encode()).decode()}"}
        return {}
