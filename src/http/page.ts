import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type RequestHandler, Router } from "express";
import helmet from "helmet";

/** The browsable page of /openapi.json, from files of our own: nothing of it is fetched from elsewhere. */

const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"] as const;

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Datadeed gateway</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/page/swagger-ui-bundle.js"></script>
<script src="/page/start.js"></script>
</body>
</html>
`;

const SCRIPT = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, docExpansion: "list" });\n`;

export function pageRouter(openApi: object, allow: RequestHandler): Router {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const document = JSON.stringify(openApi);
  const router = Router();
  const secured = helmet({
    contentSecurityPolicy: {
      // Over plain HTTP on the loopback an upgrade would leave the page without its files.
      directives: { "img-src": ["'self'", "data:"], "upgrade-insecure-requests": null },
    },
    strictTransportSecurity: false,
  });
  router.get("/", allow, secured, (_, response) => {
    response.type("html").send(HTML);
  });
  router.get("/page/start.js", allow, secured, (_, response) => {
    response.type("js").send(SCRIPT);
  });
  for (const file of FILES) {
    router.get(`/page/${file}`, allow, secured, (_, response) => {
      response.sendFile(join(folder, file), { maxAge: 3_600_000 });
    });
  }
  router.get("/openapi.json", allow, secured, (_, response) => {
    response.type("json").send(document);
  });
  return router;
}
