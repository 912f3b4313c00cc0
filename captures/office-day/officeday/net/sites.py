"""The ordinary web: nginx with several sites, their pages made of our own words and noise."""

import json
from pathlib import Path
from random import Random

from .. import plan
from ..text.prose import Prose

PLAIN_HOST = "weather.north-coast.example"  # also answers on port 80

_SITE = """
  server {{
    listen {address}:443 ssl http2;
    server_name {name};
    ssl_certificate {certificates}/{name}.pem;
    ssl_certificate_key {certificates}/{name}.key;
    root {work}/sites/{name};
    location / {{ try_files $uri $uri/index.html /index.html; }}
  }}
"""


def write(work: Path, certificates: Path) -> Path:
    """Writes all sites and the nginx configuration; returns the latter's path."""
    for name in plan.SITES:
        _pages(work / "sites" / name, name)
    log_format = json.dumps({"client": "$remote_addr", "port": "$remote_port",
                             "sni": "$ssl_server_name", "host": "$host", "time": "$msec"})
    servers = "".join(_SITE.format(name=name, address=address, certificates=certificates, work=work)
                      for name, address in plan.SITES.items()
                      if name not in plan.QUIC_SERVICES.values())
    configuration = work / "nginx.conf"
    configuration.write_text(f"""
daemon off;
pid {work}/nginx.pid;
error_log {work}/nginx-error.log;
worker_processes 1;
user root;
events {{ worker_connections 512; }}
http {{
  types {{ text/html html; text/css css; text/javascript js; image/jpeg jpg; image/x-icon ico; }}
  log_format seen escape=none '{log_format}';
  access_log {work}/nginx-access.log seen;
  client_body_temp_path {work}/nginx-body;
  proxy_temp_path {work}/nginx-proxy;
  fastcgi_temp_path {work}/nginx-fastcgi;
  uwsgi_temp_path {work}/nginx-uwsgi;
  scgi_temp_path {work}/nginx-scgi;
  gzip on;
  gzip_types text/css text/javascript;
  keepalive_timeout 20s;
  ssl_protocols TLSv1.2 TLSv1.3;
  server {{
    listen {plan.SITES[PLAIN_HOST]}:80;
    server_name {PLAIN_HOST};
    root {work}/sites/{PLAIN_HOST};
  }}
{servers}}}
""")
    return configuration


def _pages(folder: Path, name: str) -> None:
    random = Random(f"{plan.SEED}/{name}")
    prose = Prose(random)
    folder.mkdir(parents=True)
    assets = "static.daily-courier.example" if name == "www.daily-courier.example" else name
    pictures = [f"picture-{index}.jpg" for index in range(random.randint(1, 3))]
    images = "".join(f'<img src="https://{assets}/{picture}" alt="">' for picture in pictures)
    text = "".join(f"<h2>{prose.sentence()}</h2><p>{prose.paragraph()}</p>\n"
                   for _ in range(random.randint(8, 30)))
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<link rel="stylesheet" href="https://{assets}/style.css">'
        f'<script defer src="/app.js"></script></head><body>{images}{text}</body></html>')
    rules = [f".block-{index} {{ margin: {random.randint(0, 60)}px; width: "
             f"{random.randint(10, 90)}% }}" for index in range(random.randint(80, 300))]
    (folder / "style.css").write_text("\n".join(rules))
    (folder / "app.js").write_text(f"const notes = {json.dumps(prose.paragraph(sentences=30))};\n"
                                   "document.body.dataset.words = notes.split(' ').length;\n")
    for picture in ("picture-0.jpg", "picture-1.jpg", "picture-2.jpg"):
        (folder / picture).write_bytes(b"\xff\xd8\xff\xe0" + random.randbytes(
            random.randint(4000, 22000)))
    (folder / "favicon.ico").write_bytes(random.randbytes(1150))
    (folder / "package.bin").write_bytes(random.randbytes(90_000))
