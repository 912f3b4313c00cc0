// Node: its fetch over HTTP/1.1, or its http2 module, several streams of a session at a time.
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';

const plan = JSON.parse(readFileSync(process.argv[2]));

function headers(job) {
  const secret = (prefix, length) => prefix + 'k7Qx'.repeat(length).slice(0, length);
  const own = { 'content-type': 'application/json' };
  if (job.name === 'api.anthropic.com')
    return { ...own, 'x-api-key': secret('sk-ant-api03-', 95), 'anthropic-version': '2023-06-01' };
  if (job.name === 'generativelanguage.googleapis.com') return { ...own, 'x-goog-api-key': secret('AIza', 35) };
  return { ...own, authorization: 'Bearer ' + secret('sk-proj-', 156) };
}

async function viaFetch(job) {
  const options = { method: 'POST', headers: headers(job), body: job.body };
  if (plan.reconnect) options.headers.connection = 'close';
  const response = await fetch('https://' + job.name + job.target, options);
  if (!response.ok) throw new Error(`${job.target}: ${response.status}`);
  for await (const _ of response.body);
}

const sessions = new Map();

function viaSession(own, job) {
  const key = own + job.name;
  if (!sessions.has(key)) sessions.set(key, http2.connect('https://' + job.name));
  return new Promise((resolve, reject) => {
    const request = sessions.get(key).request({ ':method': 'POST', ':path': job.target, ...headers(job) });
    request.on('response', (fields) => {
      if (fields[':status'] !== 200) reject(new Error(`${job.target}: ${fields[':status']}`));
    });
    request.on('data', () => {});
    request.on('end', resolve);
    request.on('error', reject);
    request.end(job.body);
  });
}

async function work(own, jobs) {
  const left = [...jobs];
  const take = async () => {
    for (let job; (job = left.shift()); ) {
      await sleep(job.pause * 1000);
      await (plan.http === '2' ? viaSession(own, job) : viaFetch(job));
    }
  };
  await Promise.all(Array.from({ length: plan.together }, take));
}

await Promise.all(plan.workers.map((jobs, index) => work(index, jobs)));
for (const session of sessions.values()) session.close();
