"""The settings of the brain: which language models answer, how long they may take, tracing."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from agents.agent import Role

GROQ_MODEL: Final = "openai/gpt-oss-120b"  # the vendor retired its Llama 3.x models
OLLAMA_MODEL: Final = "llama3.1:8b"


class LlmProvider(StrEnum):
    """Who thinks up the replies. ``AUTO``: Groq with a key, then Ollama, then the script."""

    AUTO = "auto"
    GROQ = "groq"
    OLLAMA = "ollama"
    SCRIPT = "script"


AgentModels = Annotated[dict[Role, str], NoDecode]
AgentTemperatures = Annotated[dict[Role, float], NoDecode]


class BrainSettings(BaseModel):
    """What can be set about the brain, by its environment name."""

    llm_provider: LlmProvider = Field(
        LlmProvider.AUTO,
        alias="LLM_PROVIDER",
        description="one of: auto, groq, ollama, script",
    )
    # Validated even when it is absent: LLM_PROVIDER=groq needs it.
    groq_api_key: SecretStr | None = Field(
        None,
        alias="GROQ_API_KEY",
        validate_default=True,
        description="a key from console.groq.com",
    )
    groq_base_url: str = Field(
        "https://api.groq.com", alias="GROQ_BASE_URL", description="the API's address, without path"
    )
    groq_model: str = Field(
        GROQ_MODEL, alias="GROQ_MODEL", min_length=1, description="a model id of Groq"
    )
    groq_agent_models: AgentModels = Field(
        default_factory=dict,
        alias="GROQ_AGENT_MODELS",
        description="agent=model pairs, separated by commas: objection=openai/gpt-oss-20b",
    )
    ollama_base_url: str = Field(
        "http://127.0.0.1:11434", alias="OLLAMA_BASE_URL", description="the server's address"
    )
    ollama_model: str = Field(
        OLLAMA_MODEL, alias="OLLAMA_MODEL", min_length=1, description="a model that Ollama has"
    )
    ollama_agent_models: AgentModels = Field(
        default_factory=dict,
        alias="OLLAMA_AGENT_MODELS",
        description="agent=model pairs, separated by commas: objection=llama3.2:3b",
    )
    ollama_parallel: int = Field(
        2, alias="OLLAMA_PARALLEL", ge=1, le=64, description="answers made at the same time"
    )
    ollama_queue: int = Field(
        8, alias="OLLAMA_QUEUE", ge=0, le=1000, description="turns that may wait for their answer"
    )
    llm_temperature: float = Field(
        0.3, alias="LLM_TEMPERATURE", ge=0, le=2, description="a number from 0 to 2"
    )
    llm_agent_temperatures: AgentTemperatures = Field(
        default_factory=dict,
        alias="LLM_AGENT_TEMPERATURES",
        description="agent=temperature pairs, separated by commas: objection=0.6",
    )
    llm_first_token_ms: int = Field(
        500,
        alias="LLM_FIRST_TOKEN_MS",
        ge=50,
        le=10_000,
        description="milliseconds until the first words, then the next model answers",
    )
    llm_stall_ms: int = Field(
        1500,
        alias="LLM_STALL_MS",
        ge=50,
        le=10_000,
        description="milliseconds between two pieces of an answer, then the next model goes on",
    )
    llm_context_tokens: int = Field(
        4000,
        alias="LLM_CONTEXT_TOKENS",
        ge=1000,
        le=100_000,
        description="tokens of prompt and history that a model is given",
    )
    llm_max_tokens: int = Field(
        400, alias="LLM_MAX_TOKENS", ge=50, le=4000, description="tokens of one answer"
    )
    llm_cache_ttl_s: int = Field(
        86_400,
        alias="LLM_CACHE_TTL_S",
        ge=0,
        description="seconds that an answer may be used again; 0 switches the cache off",
    )
    langsmith_tracing: bool = Field(False, alias="LANGSMITH_TRACING", description="true or false")
    langsmith_api_key: SecretStr | None = Field(
        None,
        alias="LANGSMITH_API_KEY",
        validate_default=True,
        description="a key from smith.langchain.com",
    )
    langsmith_endpoint: str = Field(
        "https://api.smith.langchain.com",
        alias="LANGSMITH_ENDPOINT",
        description="the API's address",
    )
    langsmith_project: str = Field(
        "parley", alias="LANGSMITH_PROJECT", min_length=1, description="the project's name"
    )

    @field_validator("groq_base_url", "ollama_base_url", "langsmith_endpoint")
    @classmethod
    def _is_address(cls, value: str) -> str:
        wrong = ValueError("it is not an http:// or https:// address")
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018  it is looked at here: this raises
        except ValueError:
            raise wrong from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or " " in value:
            raise wrong
        return value.rstrip("/")

    @field_validator("groq_api_key", "langsmith_api_key", mode="before")
    @classmethod
    def _is_key(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        key = value.strip()
        if not all("!" <= letter <= "~" for letter in key):
            raise ValueError("it has a space, or a letter that no key has; copy it once more")
        return key

    @field_validator("groq_agent_models", "ollama_agent_models", mode="before")
    @classmethod
    def _are_models(cls, value: object) -> object:
        return _pairs(value) if isinstance(value, str) else value

    @field_validator("llm_agent_temperatures", mode="before")
    @classmethod
    def _are_temperatures(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            temperatures = {role: float(text) for role, text in _pairs(value).items()}
        except ValueError as error:
            raise ValueError(str(error)) from None
        if not all(0 <= each <= 2 for each in temperatures.values()):
            raise ValueError("a temperature lies between 0 and 2")
        return temperatures

    @field_validator("groq_api_key")
    @classmethod
    def _is_there_for_groq(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("llm_provider") is LlmProvider.GROQ:
            raise ValueError("LLM_PROVIDER=groq needs it and it is not set")
        return value

    @field_validator("langsmith_api_key")
    @classmethod
    def _is_there_for_traces(
        cls, value: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if value is None and info.data.get("langsmith_tracing"):
            raise ValueError("LANGSMITH_TRACING=true needs it and it is not set")
        return value

    @field_validator("llm_provider", mode="before")
    @classmethod
    def _names_a_provider(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


def _pairs(text: str) -> dict[Role, str]:
    """``role=value`` pairs, separated by commas."""
    found: dict[Role, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        role, sign, value = (part.strip() for part in pair.partition("="))
        if not sign or not value:
            raise ValueError(f"{pair!r} is not agent=value")
        if role not in tuple(Role):
            raise ValueError(f"there is no agent {role!r}; there are {', '.join(Role)}")
        found[Role(role)] = value
    return found
