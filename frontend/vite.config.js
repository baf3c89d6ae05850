import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

import { buildRecord } from "./build_record.js";

const SERVER = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [svelte(), buildRecord()],
  build: {
    outDir: "../src/marrowscope/web/page",
    emptyOutDir: true,
    // The content security policy allows neither data: addresses nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: {
    // `npm run dev` beside `marrowscope serve`, which answers its own origin only.
    proxy: { "/api": { target: SERVER, changeOrigin: true, headers: { origin: SERVER } } },
  },
});
