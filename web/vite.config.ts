import { existsSync, readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

const SHIPPED = ["preact", "lightweight-charts", "fancy-canvas", "@fontsource-variable/inter"];

/** The licences of what the bundle contains, as a file of their own: minification removes them from the code. */
function licences(): Plugin {
  return {
    name: "licences",
    generateBundle() {
      const texts = SHIPPED.map((name) => {
        const folder = new URL(`node_modules/${name}/`, import.meta.url);
        const about = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as { version: string; license: string };
        const file = new URL("LICENSE", folder);
        const text = existsSync(file) ? readFileSync(file, "utf8") : `Its package names the licence: ${about.license}\n`;
        return `${name} ${about.version}\n\n${text}`;
      });
      this.emitFile({ type: "asset", fileName: "assets/licences.txt", source: texts.join(`\n${"=".repeat(80)}\n\n`) });
    },
  };
}

// The page is served under a content policy without inline code, styles or data: everything is a file of its own.
export default defineConfig({
  plugins: [licences()],
  build: {
    outDir: "../src/cross_market_connect/console/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
