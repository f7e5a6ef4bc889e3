// A page's way from a photo to its picture in another style, by types made from the document.
// Its arguments are an address, an API key and a photo; it prints what it got as JSON.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

type Schemas = components["schemas"];

const [url, key, photo] = process.argv.slice(2) as [string, string, string];
const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

/** Return what came back, or say what was refused. */
function got<T>(answer: { data?: T; error?: Schemas["ProblemDetails"] }): T {
  if (answer.error) throw new Error(`${answer.error.code}: ${answer.error.detail}`);
  return answer.data as T;
}

async function makeRoom(): Promise<Schemas["RoomView"]> {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const session = got(await api.POST("/api/sessions", { body: { title: "From TypeScript" }, params: { header: headers } }));
  const page = got(await api.GET("/api/sessions", { params: { query: { limit: 1 } } }));
  if (page.items[0]?.id !== session.id) throw new Error("the newest session is not the first");
  const params = { path: { sessionId: session.id } };
  return got(await api.POST("/api/sessions/{sessionId}/rooms", { params, body: { name: "Salon", type: "living-room" } }));
}

async function upload(room: Schemas["RoomView"]): Promise<Schemas["AssetView"]> {
  const form = new FormData();
  form.append("file", new Blob([await readFile(photo)], { type: "image/jpeg" }), "room.jpg");
  form.append("caption", "As it is");
  const answer = await api.POST("/api/rooms/{roomId}/assets", {
    params: { path: { roomId: room.id } },
    body: { file: "" }, // what is sent is the form: types have no word for a file
    bodySerializer: () => form,
  });
  return got(answer);
}

async function draw(room: Schemas["RoomView"], asset: Schemas["AssetView"]): Promise<Schemas["RenderView"]> {
  const body = { sessionId: room.sessionId, roomId: room.id, stylePrompt: "pale oak, linen, calm light", baseAssetId: asset.id };
  const accepted = got(await api.POST("/api/renders", { body }));
  for (let look = 0; look < 300; look++) {
    const job = got(await api.GET("/api/jobs/{jobId}", { params: { path: { jobId: accepted.jobId } } }));
    if (job.isTerminal) break;
    await sleep(200);
  }
  return got(await api.GET("/api/renders/{renderId}", { params: { path: { renderId: accepted.renderId } } }));
}

async function content(assetId: string): Promise<string> {
  const answer = await api.GET("/api/assets/{assetId}/content", {
    params: { path: { assetId }, query: { width: 320, format: "jpeg" } },
    parseAs: "arrayBuffer",
  });
  if (answer.error) throw new Error(answer.error.code);
  return Buffer.from(answer.data ?? new ArrayBuffer(0)).subarray(0, 2).toString("hex");
}

/** Return what a person would be told of three refusals. */
async function refusals(room: Schemas["RoomView"]): Promise<string[]> {
  const nobody = createClient<paths>({ baseUrl: url });
  const missing = await api.GET("/api/sessions/{sessionId}", { params: { path: { sessionId: room.id } } });
  const unnamed = await api.POST("/api/sessions", { body: { title: " " } });
  const stranger = await nobody.GET("/api/sessions");
  return [missing.error, unnamed.error, stranger.error].map(explained);
}

function explained(problem: Schemas["ProblemDetails"] | undefined): string {
  if (!problem) return "nothing was refused";
  switch (problem.code) {
    case "unauthenticated":
      return "sign in";
    case "invalid":
      return `change ${problem.errors.map((error) => error.pointer).join(", ")}`;
    default:
      return problem.code;
  }
}

const room = await makeRoom();
const render = await draw(room, await upload(room));
if (!render.assetId) throw new Error(render.error?.message ?? "no picture");
console.log(
  JSON.stringify({ room: room.type, render: render.status, picture: await content(render.assetId), refused: await refusals(room) }),
);
