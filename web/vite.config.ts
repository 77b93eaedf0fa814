import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

import { buildId } from "./scripts/build-id.mjs";

const root = import.meta.dirname;
const id = buildId(root);

/** Where the Daybook server listens while Vite serves the pages. */
const server = process.env.DAYBOOK_URL ?? "http://127.0.0.1:8080";

/** What the server answers; everything else without a dot is one of the two shells. */
const SERVER_PATHS = ["/api", "/livez", "/readyz", "/metrics", "/c/", "/problems"];

/** Sends addresses of pages to the shell that shows them, as the server does in production. */
function shells(): Plugin {
  const rewrite = (request: { url?: string | undefined }) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const isPage = !path.includes(".") && !path.startsWith("/@") && !path.startsWith("/src/");
    if (!isPage || SERVER_PATHS.some((one) => path.startsWith(one))) return;
    const isAdmin = path === "/admin" || path.startsWith("/admin/");
    request.url = isAdmin ? "/admin.html" : "/index.html";
  };
  return {
    name: "daybook-shells",
    configureServer: (vite) => {
      vite.middlewares.use((request, _response, next) => {
        rewrite(request);
        next();
      });
    },
    configurePreviewServer: (vite) => {
      vite.middlewares.use((request, _response, next) => {
        rewrite(request);
        next();
      });
    },
    transformIndexHtml: (html) => html.replaceAll("%BUILD_ID%", id),
  };
}

// The browser's Host is kept: the server compares it with Origin to know its own pages.
const proxy = Object.fromEntries(
  SERVER_PATHS.map((path) => [path, { target: server, changeOrigin: false, ws: path === "/api" }]),
);

export default defineConfig({
  root,
  appType: "mpa",
  plugins: [react(), shells()],
  define: { __BUILD_ID__: JSON.stringify(id) },
  server: { proxy },
  preview: { proxy },
  build: {
    target: "es2022",
    manifest: true,
    modulePreload: { polyfill: false },
    // Inlined data: URLs would need a hole in the content security policy.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { portal: "index.html", admin: "admin.html" },
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
