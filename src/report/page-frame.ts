import { html, type Markup } from "./markup.ts";
import { STYLE, STYLE_POLICY } from "./parts.ts";

/** An HTML page that needs nothing but itself, and no script. */
export function framed(title: string, about: Markup, sections: readonly (Markup | null)[]): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${STYLE_POLICY}">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${about}</p>
</header>
<main>
${sections}
</main>
</body>
</html>
`;
  return page.text;
}
