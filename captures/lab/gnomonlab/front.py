"""nginx in front of the server: it ends TLS and hands requests on."""

from pathlib import Path

from .circumstances import Recipe

_SITE = """
  server {{
    listen {address}:443 ssl{http2};
    server_name {name};
    ssl_certificate {work}/certificates/{name}.pem;
    ssl_certificate_key {work}/certificates/{name}.key;
    location / {{
      proxy_pass http://replay;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Lab-Client $remote_addr:$remote_port;
      proxy_set_header X-Lab-Server $server_addr;
      proxy_set_header X-Lab-Http {http};
    }}
  }}
"""


def write(work: Path, hosts: dict[str, str], recipe: Recipe) -> Path:
    """Writes the configuration and returns its path."""
    sites = "".join(_SITE.format(address=address, name=name, work=work, http=recipe.http,
                                 http2=" http2" if recipe.http == "2" else "")
                    for name, address in hosts.items())
    ciphers = f"  ssl_ciphers {recipe.tls.cipher};\n" if recipe.tls.cipher else ""
    path = work / "nginx.conf"
    path.write_text(f"""
daemon off;
pid {work}/nginx.pid;
error_log {work}/nginx-error.log;
worker_processes 1;
user root;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {work}/nginx-body;
  proxy_temp_path {work}/nginx-proxy;
  fastcgi_temp_path {work}/nginx-fastcgi;
  uwsgi_temp_path {work}/nginx-uwsgi;
  scgi_temp_path {work}/nginx-scgi;
  client_max_body_size 20m;
  client_body_buffer_size 1m;
  ssl_protocols TLSv{recipe.tls.version};
{ciphers}  ssl_buffer_size {min(recipe.tls.fragment, 16384)};
  ssl_session_cache shared:lab:1m;
  upstream replay {{ server 127.0.0.1:8080; keepalive 16; }}
{sites}}}
""")
    return path
