from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="DESK_", env_file=".env")

    secret_key: str
    debug: bool = False
    hosts: list[str] = ["localhost"]
    db_host: str
    db_name: str
    db_user: str
    db_password: str = Field(default="")
    api_key: str = Field(alias="BILLING_API_KEY")


settings = Settings()
