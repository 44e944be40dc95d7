"""Every setting of the product, in one place. Built once in each process's `main`; nothing else reads the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from bot.errors import StartError

REPOSITORY = Path(__file__).resolve().parent.parent


def _absolute(path: Path) -> Path:
    return path.expanduser().resolve()


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("unknown; an IANA zone such as Asia/Shanghai is needed") from error
    return name


def _fit_for_a_header(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
        raise ValueError("1 to 256 characters of A-Z a-z 0-9 _ - are allowed")
    return secret


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Zone = Annotated[str, AfterValidator(_known_zone)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_fit_for_a_header)]
HttpAddress = Annotated[str, Field(pattern=r"^https?://[^/]")]


def _is_placeholder(secret: SecretStr) -> bool:
    return any(word in secret.get_secret_value().lower() for word in ("change", "example", "placeholder"))


class TelegramSettings(BaseModel):
    """Telegram's Bot API. Without a token the channel is off."""

    token: SecretStr | None = Field(None, description="Bot token from @BotFather. Empty: Telegram is off.")
    api_url: HttpAddress = Field(
        "https://api.telegram.org", description="Bot API server; another one when self-hosted."
    )
    mode: Literal["polling", "webhook"] = Field("polling", description="How updates arrive.")
    webhook_url: str | None = Field(
        None, pattern=r"^https://[^/]", description="Public https address of this service; needed in webhook mode."
    )
    webhook_secret: WebhookSecret | None = Field(
        None,
        description="Secret that Telegram sends with each update, 1-256 of A-Z a-z 0-9 _ -. Default: derived.",
    )
    username: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_]{5,32}$", description="Name of the bot without @, for links that open it."
    )
    rate: float = Field(
        30.0, gt=0, le=5000, description="Messages a second over all chats; Telegram allows 30, paid broadcasts 1000."
    )

    @model_validator(mode="after")
    def _webhook_needs_address(self) -> TelegramSettings:
        if self.mode == "webhook" and self.token is not None and not self.webhook_url:
            raise ValueError("webhook mode needs KOUAN_TELEGRAM__WEBHOOK_URL")
        return self


class NluSettings(BaseModel):
    """How the service calls Rasa."""

    timeout_s: float = Field(
        8.0, gt=0, le=60, description="Seconds that one message may take in Rasa before search answers."
    )
    breaker_failures: int = Field(3, ge=1, description="Failures in a row after which Rasa is left alone for a while.")
    breaker_pause_s: float = Field(5.0, gt=0, description="Seconds for which Rasa is then left alone.")


class CanarySettings(BaseModel):
    """Recipients of our own that prove that notifications arrive."""

    every_min: int = Field(15, ge=0, le=1440, description="Minutes between two probes on each channel; 0: none.")
    telegram_chat: str | None = Field(
        None, pattern=r"^-?\d+$", description="Chat that Telegram's probes go to. Empty: Telegram is not probed."
    )


class Settings(BaseSettings):
    """Settings of every process; environment variables with the prefix KOUAN_ or a file `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="KOUAN_",
        env_nested_delimiter="__",
        # Beside the launcher, wherever it is called from: its parts read the same file.
        env_file=REPOSITORY / ".env",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    data_dir: AbsolutePath = Field(REPOSITORY / "data", description="Where database, model, Redis and keys live.")
    host: str = Field("127.0.0.1", description="Address that the service listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the service listens on.")
    public_url: HttpAddress | None = Field(None, description="Address under which people reach the service, for links.")
    database_url: str | None = Field(
        None,
        pattern=r"^(sqlite|postgresql)(\+\w+)?://",
        description="SQLAlchemy address; default: SQLite in the data directory.",
    )
    redis_url: str | None = Field(
        None,
        pattern=r"^(redis|rediss|unix)://",
        description="Redis address; default: the Redis that `up` starts itself.",
    )
    rasa_url: HttpAddress | None = Field(None, description="Rasa's address; default: the Rasa that `up` starts itself.")
    rasa_token: SecretStr | None = Field(None, description="Rasa's --auth-token. Default: derived from the secret.")
    actions_url: HttpAddress | None = Field(
        None, description="Action server's address; default: the one that `up` starts itself."
    )
    service_url: HttpAddress | None = Field(None, description="The service's address as the action server reaches it.")
    secret: SecretStr | None = Field(
        None, min_length=32, description="Master secret, at least 32 characters; default: made in the data directory."
    )
    environment: Literal["development", "production"] = Field(
        "development", description="production refuses placeholders."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Level of the logs.")
    timezone: Zone = Field("Asia/Shanghai", description="IANA zone in which dates and hours are shown.")
    message_max_chars: int = Field(2000, ge=100, le=4096, description="Longest question that is looked at, characters.")
    body_max_bytes: int = Field(1_000_000, ge=10_000, description="Largest body of any request, bytes.")
    file_max_bytes: int = Field(
        10_000_000, ge=100_000, le=20_000_000, description="Largest file that people may send, bytes."
    )
    event_tolerance_s: int = Field(300, ge=1, description="Age at which a signed event is too old, seconds.")
    telegram: TelegramSettings = Field(default_factory=lambda: TelegramSettings(), description="Telegram channel.")
    canary: CanarySettings = Field(
        default_factory=lambda: CanarySettings(),
        description="Recipients of our own that prove that notifications arrive.",
    )
    nlu: NluSettings = Field(default_factory=lambda: NluSettings(), description="Calls to Rasa.")

    @model_validator(mode="after")
    def _no_placeholders(self) -> Settings:
        secrets = {
            "KOUAN_SECRET": self.secret,
            "KOUAN_RASA_TOKEN": self.rasa_token,
            "KOUAN_TELEGRAM__TOKEN": self.telegram.token,
            "KOUAN_TELEGRAM__WEBHOOK_SECRET": self.telegram.webhook_secret,
        }
        found = [name for name, secret in secrets.items() if secret and _is_placeholder(secret)]
        if found and self.environment == "production":
            raise ValueError(f"a placeholder is refused in production: {', '.join(found)}")
        return self

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over https, so that cookies may be kept to it."""
        return (self.public_url or "").lower().startswith("https://")

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address with the async driver named."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'kouan.db'}"
        scheme, _, rest = url.partition("://")
        drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
        return f"{drivers.get(scheme, scheme)}://{rest}"


def load_settings(**overrides: object) -> Settings:
    """Read the settings. Raises StartError that names every wrong setting and what is allowed, never its value."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        lines = [
            f"  KOUAN_{'__'.join(str(part).upper() for part in fault['loc']) or '*'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise StartError("Wrong settings:\n" + "\n".join(lines)) from None
    except SettingsError as error:
        # Its message names the field and the source, not the value.
        raise StartError(f"Wrong settings:\n  KOUAN_*: {error}") from None
