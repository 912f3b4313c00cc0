"""Tool definitions in a prompt, and the arguments of a call, in tokens."""

import json

_NOUNS = ("invoice", "order", "customer", "shipment", "contract")


def tool_tokens(tools: list[dict], counter) -> int:
    """The definitions are put before the model as type declarations; those are counted."""
    lines = ["namespace functions {"]
    for tool in tools:
        function = tool["function"]
        lines.append(f"// {function.get('description', '')}")
        lines.append(f"type {function['name']} = (_: {{")
        for name, schema in function["parameters"]["properties"].items():
            if "description" in schema:
                lines.append(f"// {schema['description']}")
            optional = "" if name in function["parameters"].get("required", ()) else "?"
            kind = " | ".join(f'"{value}"' for value in schema["enum"]) if "enum" in schema \
                else schema["type"]
            lines.append(f"{name}{optional}: {kind},")
        lines.append("}) => any;")
    lines.append("} // namespace functions")
    return counter.count("\n".join(lines)) + 9


def arguments(tools: list[dict], counter, random) -> list[tuple[str, int]]:
    """The pieces of a call's arguments for the first tool."""
    values = {}
    for name, schema in tools[0]["function"]["parameters"]["properties"].items():
        if "enum" in schema:
            values[name] = random.choice(schema["enum"])
        elif schema["type"] == "integer":
            values[name] = random.randint(3, 90000)
        else:
            values[name] = f"{random.choice(_NOUNS)} {random.randint(100, 9999)}"
    return counter.pieces(json.dumps(values, separators=(",", ":")))
