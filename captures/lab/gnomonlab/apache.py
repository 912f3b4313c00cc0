"""Apache in front of the server: it ends TLS 1.2 and asks clients to renegotiate before it hands a request on.

A certificate is asked for (and not insisted on) where the calls go, not by the site. So Apache must know the request's path
first, and begins a second handshake within the connection (RFC 5246, section 7.4.1.1), once for each connection. Where the
recipe says so, paths differ in their cipher suites besides, so that every change of path brings a handshake and other keys.
"""

from pathlib import Path

from .circumstances import Recipe

_MODULES = Path("/usr/lib/apache2/modules")
_LOADED = ("mpm_event", "authz_core", "headers", "proxy", "proxy_http", "socache_shmcb", "ssl")
_SITE = """
Listen {address}:443
<VirtualHost {address}:443>
  ServerName {name}
  SSLEngine on
  SSLCertificateFile {work}/certificates/{name}.pem
  SSLCertificateKeyFile {work}/certificates/{name}.key
  SSLCACertificateFile {authority}
  <Location />
    SSLVerifyClient optional
    SSLRenegBufferSize 1048576
  </Location>
{suites}  ProxyPass / http://127.0.0.1:8080/ flushpackets=on
  ProxyPreserveHost on
  RequestHeader set X-Lab-Client "expr=%{{REMOTE_ADDR}}:%{{REMOTE_PORT}}"
  RequestHeader set X-Lab-Server "{address}"
  RequestHeader set X-Lab-Http "{http}"
</VirtualHost>
"""
_SUITES = """  <LocationMatch "/chat/completions$">
    SSLCipherSuite ECDHE-ECDSA-CHACHA20-POLY1305
  </LocationMatch>
  <LocationMatch "/responses$">
    SSLCipherSuite ECDHE-ECDSA-AES256-GCM-SHA384
  </LocationMatch>
"""


def write(work: Path, hosts: dict[str, str], recipe: Recipe, authority: Path) -> Path:
    """Writes the configuration and returns its path."""
    sites = "".join(_SITE.format(address=address, name=name, work=work, http=recipe.http,
                                 authority=authority,
                                 suites=_SUITES if recipe.server == "apache-suites" else "")
                    for name, address in hosts.items())
    modules = "\n".join(f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in _LOADED)
    ciphers = f"SSLCipherSuite {recipe.tls.cipher}\n" if recipe.tls.cipher else ""
    path = work / "apache.conf"
    path.write_text(f"""{modules}
ServerRoot {work}
ServerName lab
PidFile {work}/apache.pid
DefaultRuntimeDir {work}
ErrorLog {work}/apache-error.log
LogLevel warn ssl:info
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
ProxyTimeout 120
Protocols http/1.1
SSLProtocol -all +TLSv1.2
SSLSessionCache none
SSLSessionTickets off
{ciphers}{sites}""")
    return path
