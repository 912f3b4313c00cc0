"""Takes the tokenizer files out of PyPI wheels: `python -m officeday.text.vocabulary FOLDER`."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# wheel → {member ending: file name in the folder}
WHEELS = {
    "litellm==1.109.1": {
        "tokenizers/fb374d419588a4632f3f557e76b4b70aebbca790":
            "fb374d419588a4632f3f557e76b4b70aebbca790",  # o200k_base, by the name tiktoken seeks
        "tokenizers/9b5ad71b2ce5302211f9c61530b329a4922fc6a4":
            "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",  # cl100k_base
        "tokenizers/anthropic_tokenizer.json": "anthropic.json",
        "tokenizers/deepseek_tokenizer.json": "deepseek.json",
    },
    "mistral-common==1.13.1": {"data/tekken_240911.json": "tekken.json"},
}


def prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for requirement, members in WHEELS.items():
        if all((folder / name).exists() for name in members.values()):
            continue
        print(f"office-day: taking tokenizers from the wheel {requirement}", flush=True)
        with tempfile.TemporaryDirectory() as download:
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                            "--only-binary", ":all:", "--dest", download, requirement], check=True)
            wheel = next(Path(download).glob("*.whl"))
            with zipfile.ZipFile(wheel) as archive:
                for member in archive.namelist():
                    for ending, name in members.items():
                        if member.endswith(ending):
                            (folder / name).write_bytes(archive.read(member))
        missing = [name for name in members.values() if not (folder / name).exists()]
        if missing:
            raise SystemExit(f"office-day: {requirement} no longer carries {', '.join(missing)}")


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
