import { defineConfig } from "vite";

// `npm run dev` serves the page with hot reload and passes everything else to a gateway on port 8080.
export default defineConfig({
  build: {
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "copilot.html"] },
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true }, "/health": "http://127.0.0.1:8080" } },
});
