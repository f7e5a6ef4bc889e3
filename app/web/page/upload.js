// Photos go up by XMLHttpRequest: it alone tells how much has been sent.
import { ApiError, currentToken, newKey, readError, unreachable } from './api.js';
import { words } from './strings.js';
import { sizeMb } from './format.js';

const MAX_BYTES = 10 * 1024 * 1024;

/** Raises ApiError in the server's own words for a file it would surely refuse, before a byte is sent. */
export function checkFile(file) {
  if (file.size > MAX_BYTES) {
    throw new ApiError({ ...words.tooLarge(file.name, sizeMb(file.size)), code: 'too-large' }, 413);
  }
  if (file.size === 0) throw new ApiError({ ...words.emptyFile(file.name), code: 'empty-file' }, 422);
}

/** Send one photo; `onProgress` hears 0 to 100. Answers the asset, still `processing`. */
export async function uploadPhoto(roomId, file, { key = newKey(), onProgress }) {
  const form = new FormData();
  form.append('assetType', 'photo');
  form.append('file', file, file.name);
  const token = await currentToken();
  const request = new XMLHttpRequest();
  request.open('POST', `/api/rooms/${roomId}/assets`);
  request.setRequestHeader('Accept', 'application/json');
  request.setRequestHeader('X-CSRF-Token', token);
  request.setRequestHeader('Idempotency-Key', key);
  request.upload.onprogress = (event) => { if (event.lengthComputable) onProgress((100 * event.loaded) / event.total); };
  await new Promise((resolve) => {
    request.onloadend = resolve;
    request.send(form);
  });
  if (request.status === 0) throw unreachable();
  if (request.status >= 300) {
    throw await readError(request.status, { get: (name) => request.getResponseHeader(name) }, request.responseText);
  }
  return JSON.parse(request.responseText);
}
