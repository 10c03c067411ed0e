"""Settings: the one place that reads the environment; it names all that is wrong at once."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.twilio_signature import is_loopback
from app.addresses import check_service_address
from app.settings_brain import BrainSettings
from app.settings_hearing import HearingSettings
from core.errors import InvalidInputError
from core.phone import PhoneNumber
from db.crypto import Keyring

TWILIO_API: Final = "https://api.twilio.com"


class SettingsError(InvalidInputError):
    """The environment is wrong. ``problems`` holds one sentence for each wrong setting."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 setting is wrong" if count == 1 else f"{count} settings are wrong"
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"{head}:\n{lines}\nSet them in the environment or in .env; .env.example explains each."
        )


class TtsEngine(StrEnum):
    """Who speaks."""

    ESPEAK = "espeak"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _is_twilio(api: str) -> bool:
    """Whether this REST address is Twilio's own, in any of its regions, and no emulator's."""
    host = urlsplit(api).hostname or ""
    return host == "twilio.com" or host.endswith(".twilio.com")


def _default_data_dir() -> Path:
    """The user's own data folder (XDG Base Directory Specification 0.8)."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "parley"


class Settings(BrainSettings, HearingSettings, BaseSettings):
    """Everything that can be set, by its environment name. Read once, at start."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    database_url: SecretStr | None = Field(
        None,
        alias="DATABASE_URL",
        description="postgresql://user:password@host:5432/name, or to nothing for the embedded one",
    )
    redis_url: SecretStr | None = Field(
        None,
        alias="REDIS_URL",
        description="redis://, rediss:// or unix://, or to nothing for the embedded one",
    )
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        alias="PARLEY_DATA_DIR",
        description="a folder that this user may write to",
    )
    host: str = Field(
        "127.0.0.1", alias="PARLEY_HOST", min_length=1, description="the address to listen on"
    )
    port: int = Field(
        8080, alias="PARLEY_PORT", ge=1, le=65535, description="a port from 1 to 65535"
    )
    twilio_account_sid: str | None = Field(
        None,
        alias="TWILIO_ACCOUNT_SID",
        pattern=r"^AC[0-9a-fA-F]{32}$",
        description="the account's SID: AC and 32 hex digits, from the Twilio console",
    )
    twilio_api_base_url: str = Field(
        TWILIO_API, alias="TWILIO_API_BASE_URL", description="the REST API's address"
    )
    allow_unsigned: bool = Field(False, alias="PARLEY_ALLOW_UNSIGNED", description="true or false")
    # Whether these two are right depends on the fields above them.
    base_url: str | None = Field(
        None,
        alias="PUBLIC_BASE_URL",
        validate_default=True,
        description="the address Twilio reaches, such as https://calls.example.com",
    )
    twilio_auth_token: SecretStr | None = Field(
        None,
        alias="TWILIO_AUTH_TOKEN",
        validate_default=True,
        description="the account's primary auth token, from the Twilio console",
    )
    key: SecretStr | None = Field(
        None,
        alias="PARLEY_KEY",
        description="32 random bytes in URL-safe base64 (several, separated by commas, newest "
        "first), or to nothing: then one is made and kept in the data folder",
    )
    own_numbers: Annotated[tuple[PhoneNumber, ...], NoDecode] = Field(
        (),
        alias="PARLEY_OWN_NUMBERS",
        description="your own verified numbers, separated by commas: +442079460123,+447911123456",
    )
    tts_engine: TtsEngine = Field(
        TtsEngine.ESPEAK, alias="TTS_ENGINE", description="one of: espeak"
    )
    voice: str = Field(
        "en-gb", alias="PARLEY_VOICE", min_length=1, description="an espeak-ng voice, such as en-gb"
    )
    record_calls: bool = Field(True, alias="RECORD_CALLS", description="true or false")
    recordings_kept_days: int = Field(
        30,
        alias="RECORDINGS_KEPT_DAYS",
        ge=1,
        le=3650,
        description="for how many days recordings are kept, from 1 to 3650",
    )
    log_level: LogLevel = Field(
        LogLevel.INFO, alias="LOG_LEVEL", description="one of: debug, info, warning, error"
    )

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(
            ("postgresql://", "postgres://")
        ):
            raise ValueError("it is not a Postgres address")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(
            ("redis://", "rediss://", "unix://")
        ):
            raise ValueError("it is not a Redis address")
        return value

    @field_validator("database_url", "redis_url")
    @classmethod
    def _can_be_taken_apart(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_service_address(value.get_secret_value())
        return value

    @field_validator("data_dir")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("base_url", "twilio_api_base_url")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it is not an http:// or https:// address")
        if parts.query or parts.fragment:
            raise ValueError("it has a query or a fragment")
        return value.rstrip("/")

    @field_validator("base_url")
    @classmethod
    def _is_reached_by_twilio(cls, value: str | None, info: ValidationInfo) -> str | None:
        # A field that failed its own check is missing here; it has its own problem to tell.
        account, api = info.data.get("twilio_account_sid"), info.data.get("twilio_api_base_url")
        if account is None or api is None or not _is_twilio(api):
            return value
        if value is None:
            raise ValueError("Twilio calls need it and it is not set")
        if not value.startswith("https://"):
            raise ValueError("Twilio calls need an https:// address")
        return value

    @field_validator("twilio_auth_token")
    @classmethod
    def _checks_who_comes(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # An account SID that failed its own check is missing here, but somebody did set it.
        if (value is None) is not (info.data.get("twilio_account_sid", "given") is None):
            raise ValueError("it is set together with TWILIO_ACCOUNT_SID or not at all")
        host = urlsplit(info.data.get("base_url") or "").hostname
        unsigned = value is None and not info.data.get("allow_unsigned", True)
        if unsigned and host is not None and not is_loopback(host):
            raise ValueError("without it nothing proves that Twilio sent what PUBLIC_BASE_URL gets")
        return value

    @field_validator("key")
    @classmethod
    def _is_a_keyring(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                Keyring.parse(value.get_secret_value())
            except InvalidInputError as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("own_numbers", mode="before")
    @classmethod
    def _are_numbers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(PhoneNumber(part.strip()) for part in value.split(",") if part.strip())
        except InvalidInputError as error:
            raise ValueError(str(error)) from None

    @field_validator("log_level", "tts_engine", mode="before")
    @classmethod
    def _is_lower_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def public_base_url(self) -> str:
        """What the carrier reaches, without a slash at the end."""
        if self.base_url is not None:
            return self.base_url
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  compared
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def uses_real_carrier(self) -> bool:
        """Whether calls reach the public telephone network."""
        return _is_twilio(self.twilio_api_base_url)


ENVIRONMENT_NAMES: Final = tuple(str(f.alias) for f in Settings.model_fields.values())


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the environment and ``env_file``, which the environment overrides.

    Raises:
        SettingsError: naming every wrong or missing setting at once.
    """
    options: dict[str, Any] = {"_env_file": env_file}  # an option that no field declares
    try:
        return Settings(**options)
    except ValidationError as error:
        raise SettingsError(_problems(error)) from None


def strangers() -> list[str]:
    """Names in the environment that look like a misspelt setting, each with the likely one."""
    found = []
    for name in sorted(os.environ):
        if name.startswith("PARLEY_") and name not in ENVIRONMENT_NAMES:
            near = difflib.get_close_matches(name, ENVIRONMENT_NAMES, n=1, cutoff=0.85)
            if near:
                found.append(f"{name} is not a setting. Did you mean {near[0]}?")
    return found


def _problems(error: ValidationError) -> Iterable[str]:
    """One sentence for each wrong setting, without its value: it may be a secret."""
    wanted = {str(f.alias): f.description for f in Settings.model_fields.values()}
    # A default that fails is told by the field's name, a given value by its alias.
    aliases = {name: str(f.alias) for name, f in Settings.model_fields.items()}
    for detail in error.errors(include_input=False, include_url=False):
        place = str(detail["loc"][0]) if detail["loc"] else "settings"
        name = aliases.get(place, place)
        text = detail["msg"].removeprefix("Value error, ").rstrip(".")
        yield f"{name}: {text[:1].lower() + text[1:] if text[1:2].islower() else text}." + (
            f" Set it to {wanted[name]}." if wanted.get(name) else ""
        )
