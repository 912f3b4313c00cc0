"""Chromium without a window: a page that fetches streamed answers, as a chat of a company's own does, or asks over WebSocket.

The page comes from a server on the loopback device, which the capture does not see; the calls go over
the line. The browser is told to let the lab's certificates pass and not to ask servers whether a page
may call them, as they are no browsers' servers.
"""

import http.server
import json
import subprocess
import sys
import tempfile
import threading

from .common import headers, script

_SECONDS = 140
_PAGE = """<!DOCTYPE html><title>lab</title><script>
const ENDS = ['response.completed', 'response.incomplete', 'response.failed'];
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
async function call(job) {
  await sleep(job.pause);
  const response = await fetch('https://' + job.name + job.target, {
    method: 'POST', headers: job.headers, body: job.body, cache: 'no-store', credentials: 'omit' });
  if (!response.ok) throw new Error(job.target + ': ' + response.status);
  const reader = response.body.getReader();
  while (!(await reader.read()).done);
}
async function converse(jobs) {
  const socket = new WebSocket('wss://' + jobs[0].name + jobs[0].target);
  const closed = new Promise((_, failed) => {
    socket.onclose = (event) => failed(new Error('WebSocket closed: ' + event.code)); });
  await Promise.race([closed, new Promise((done) => { socket.onopen = done; })]);
  for (const job of jobs) {
    await sleep(job.pause);
    const answered = new Promise((done, failed) => {
      socket.onmessage = (event) => {
        const kind = JSON.parse(event.data).type;
        if (kind === 'error') failed(new Error(event.data));
        if (ENDS.includes(kind)) done();
      };
    });
    const { stream, ...body } = JSON.parse(job.body);
    socket.send(JSON.stringify({ type: 'response.create', ...body }));
    await Promise.race([closed, answered]);
  }
  closed.catch(() => {});
  socket.close();
}
async function work(jobs, together) {
  const left = [...jobs];
  const take = async () => { for (let job; (job = left.shift()); ) await call(job); };
  await Promise.all(Array.from({ length: together }, take));
}
(async () => {
  let outcome = 'done';
  try {
    const plan = await (await fetch('/plan')).json();
    const play = plan.websocket ? converse : (jobs) => work(jobs, plan.together);
    await Promise.all(plan.workers.map(play));
  } catch (error) { outcome = 'failed: ' + error; }
  await fetch('/outcome', { method: 'POST', body: outcome });
})();
</script>"""


def main() -> None:
    plan = script()
    for jobs in plan["workers"]:
        for job in jobs:
            job["headers"] = headers(job)
    done, outcome = threading.Event(), []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answers = {"/": ("text/html", _PAGE), "/plan": ("application/json", json.dumps(plan))}
            kind, text = answers.get(self.path, ("text/plain", ""))
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self):
            outcome.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()
            done.set()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-web-security", "--ignore-certificate-errors", "--disable-dev-shm-usage",
             "--disable-features=HttpsUpgrades,LocalNetworkAccessChecks", f"--user-data-dir={profile}",
             f"http://127.0.0.1:{server.server_port}/"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = []
        threading.Thread(target=lambda: said.extend(browser.stderr), daemon=True).start()
        try:
            if not done.wait(_SECONDS):
                sys.exit("the page did not end: " + "".join(said)[-1000:])
        finally:
            browser.terminate()
            browser.wait()
    if outcome != ["done"]:
        sys.exit(f"{outcome[0]}; {''.join(said)[-1000:]}")


if __name__ == "__main__":
    main()
