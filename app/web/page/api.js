// The one door to the server: cookies, the CSRF token, idempotency keys, etags, and problem documents as errors.
import { words } from './strings.js';

let csrfToken = null;
const etags = new Map();
let onSignedOut = () => {};

/** A refusal in the server's words. `status` 0 means the server was not reached. */
export class ApiError extends Error {
  constructor(problem, status, retryAfterS) {
    super(problem.detail || problem.title);
    Object.assign(this, { status, retryAfterS, title: problem.title, detail: problem.detail ?? '', code: problem.code ?? '',
      requestId: problem.requestId ?? '', errors: problem.errors ?? [] });
  }
  get reference() { return [this.code, this.requestId].filter(Boolean).join(' · '); }
}

export const unreachable = () => new ApiError({ ...words.unreachable, code: 'offline' }, 0);
export const newKey = () => crypto.randomUUID();
export function rememberToken(token) { csrfToken = token; }
export function whenSignedOut(listener) { onSignedOut = listener; }

/** The token for unsafe requests; it is bound to the login and is fetched again after a login changed elsewhere. */
export async function currentToken() {
  csrfToken ??= (await request('GET', '/api/csrf-token')).csrfToken;
  return csrfToken;
}

export async function readError(status, headers, text) {
  let problem = {};
  try { problem = JSON.parse(text); } catch { /* a proxy's page, or nothing at all */ }
  const retryAfter = Number(headers.get('Retry-After'));
  return new ApiError({ ...problem, title: problem.title ?? words.unexpected.title, detail: problem.detail ?? words.unexpected.detail },
    status, Number.isFinite(retryAfter) ? retryAfter : 0);
}

/** Send one request and return the JSON of its answer, or null when it has none. Raises ApiError. */
export async function request(method, path, { body, key, ifMatch, anonymous = false } = {}) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  if (ifMatch) headers['If-Match'] = ifMatch;
  const send = async () => {
    if (method !== 'GET' && !anonymous) headers['X-CSRF-Token'] = await currentToken();
    return fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: 'same-origin' });
  };
  try {
    return await read(await send(), method, path);
  } catch (error) {
    if (error.status === 401 && !anonymous) onSignedOut();
    if (error.code !== 'csrf-failed') throw error instanceof ApiError ? error : unreachable();
    csrfToken = null;
    return read(await send(), method, path);
  }
}

async function read(response, method, path) {
  if (!response.ok) throw await readError(response.status, response.headers, await response.text());
  const etag = response.headers.get('ETag');
  if (etag && method !== 'POST') etags.set(path, etag);
  if (method === 'DELETE') etags.delete(path);
  return response.status === 204 ? null : response.json();
}

export const get = (path) => request('GET', path);
export const post = (path, body, key = newKey()) => request('POST', path, { body, key });
export const remove = (path) => request('DELETE', path);

/** Edit a resource, refused with 412 when it changed since it was last read here. */
export const patch = (path, body) => request('PATCH', path, { body, ifMatch: etags.get(path) });

/** Every item of a list; `limit` bounds what one screen would ever show. */
export async function list(path, limit = 200) {
  const items = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor ? { cursor } : {}) });
    const page = await get(`${path}${path.includes('?') ? '&' : '?'}${query}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor && items.length < limit);
  return items;
}
