import { defineConfig } from "vite";

// The page is served under a content policy without inline code, styles or data: everything is a file of its own.
export default defineConfig({
  build: {
    outDir: "../src/cross_market_connect/console/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
