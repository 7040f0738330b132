"""How anything configurable is declared: once, in one small class, from which all else is derived."""

from nn_engine.declarations.declaration import Declaration, SettingSpec, settings_of
from nn_engine.declarations.kinds import Kind, Setting
from nn_engine.declarations.paths import edit_path, get_path, set_path, set_value, setting_at
from nn_engine.declarations.registry import find, label_of, register, registered, unregister

__all__ = [
    "Declaration",
    "Kind",
    "Setting",
    "SettingSpec",
    "edit_path",
    "find",
    "get_path",
    "label_of",
    "register",
    "registered",
    "set_path",
    "set_value",
    "setting_at",
    "settings_of",
    "unregister",
]
