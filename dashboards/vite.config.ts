import { defineConfig } from 'vite';

/** Where `npm run dev` finds an API: a running product, or `python dashboards/dev/fake_api.py`. */
const api = process.env.MILEPOST_DEV_API ?? 'http://127.0.0.1:8100';

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': { target: api, ws: true } } },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    sourcemap: false,
    // The map library alone is about 1 MB before compression; it is loaded beside the panels.
    chunkSizeWarningLimit: 1200,
  },
});
