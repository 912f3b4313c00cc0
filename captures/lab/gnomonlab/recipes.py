"""The recipes: client × server × circumstance."""

from .circumstances import TLS, Line, Mix, Recipe

RECIPES: dict[str, Recipe] = {
    "openai-h1": Recipe("openai_package", Mix(("openai-chat", "openai-responses"))),
}


def main() -> None:
    for name, recipe in RECIPES.items():
        print(f"{name:34} {recipe.kind:9} {recipe.client}, {' '.join(recipe.mix.wanted)}")


if __name__ == "__main__":
    main()
