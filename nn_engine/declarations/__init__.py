"""How anything configurable is declared: once, in one small class, from which all else is derived."""

from nn_engine.declarations.declaration import Declaration, SettingSpec, settings_of
from nn_engine.declarations.kinds import Kind, Setting
from nn_engine.declarations.paths import get_path, set_path, set_value, setting_at
from nn_engine.declarations.registry import find, register, registered, unregister

__all__ = [
    "Declaration",
    "Kind",
    "Setting",
    "SettingSpec",
    "find",
    "get_path",
    "register",
    "registered",
    "set_path",
    "set_value",
    "setting_at",
    "settings_of",
    "unregister",
]
