"""Finding and reading recipes by name, with their variants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from training.recipe.recipe import Recipe

RECIPES = Path(__file__).parents[1] / "recipes"
VARIANTS = "variants"


class RecipeError(ValueError):
    """A recipe that there is not, or that does not say what it must."""


def recipe_names(task: int) -> list[str]:
    """Return the recipes of a task, and each variant as ``recipe:variant``."""
    names = []
    for path in sorted(RECIPES.glob(f"task{task}_*.yaml")):
        name = path.stem.partition("_")[2]
        names += [name, *(f"{name}:{variant}" for variant in _content(path).get(VARIANTS, {}))]
    return names


def read_recipe(name: str, *, task: int) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    name : str
        Its name in `training/recipes`, or the path of a YAML file; after a colon, one of the
        variants that the file lists: what it says replaces what the recipe says, key by key, and
        whole where it is of another kind.
    task : int
        1, 2 or 3: names are looked for among a task's recipes.

    Raises
    ------
    RecipeError
        If there is none of that name, the message listing those there are; or if it is not valid,
        naming each wrong field.
    """
    stem, _, variant = name.partition(":")
    path = Path(stem) if stem.endswith((".yaml", ".yml")) else RECIPES / f"task{task}_{stem}.yaml"
    if not path.is_file():
        raise RecipeError(
            f"recipe {stem!r}: expected one of {', '.join(recipe_names(task))}, or a .yaml file"
        )
    content = _content(path)
    variants = content.pop(VARIANTS, {})
    if variant:
        if variant not in variants:
            known = ", ".join(variants) or "none"
            raise RecipeError(f"recipe {stem!r}: expected a variant among {known}, found {variant}")
        content = _merged(content, variants[variant])
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or 'recipe'}: {e['msg']}"
            for e in error.errors()
        )
        raise RecipeError(f"recipe {name!r}: {told}") from error


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"recipe {path}: expected a YAML file, found {error}") from error
    if not isinstance(content, dict):
        raise RecipeError(
            f"recipe {path}: expected keys and values, found {type(content).__name__}"
        )
    return content


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        nested = isinstance(old, dict) and isinstance(value, dict)
        # Another kind of network or schedule has other fields: nothing of the old one stays.
        same_kind = nested and value.get("kind", old.get("kind")) == old.get("kind")  # type: ignore[union-attr]
        result[key] = _merged(old, value) if same_kind else value  # type: ignore[arg-type]
    return result
