import { createServer, type IncomingMessage, type Server } from 'node:http';

/** A small web server that says who it is and what it was asked for. */
export function createWebServer(name: string): Server {
  return createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page(name, request));
  });
}

function page(name: string, { method, url, headers }: IncomingMessage): string {
  const rows = Object.entries(headers).map(
    ([field, value]) => `<tr><th>${escaped(field)}<td>${escaped(String(value))}`,
  );
  return `<!doctype html><title>Server ${name}</title>
<style>body{font:16px/1.5 system-ui;margin:3em auto;max-width:44em}th{text-align:left;padding-right:1em}</style>
<h1>Server ${name}</h1>
<p>You asked for <code>${escaped(`${method} ${url}`)}</code>. Load this page again: the other server answers.
<table>${rows.join('\n')}</table>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);
}
