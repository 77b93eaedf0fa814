import { expect, test } from "vitest";

import { withoutMarkup } from "../../src/ui/trustedTypes";

test("a style sheet passes", () => {
  const sheet = ":root > .a::after{content:'x';--size:calc(1rem * 2)}";
  expect(withoutMarkup(sheet)).toBe(sheet);
});

test.each(["<img src=x onerror=alert(1)>", "a</style><script>", "<"])("%s does not", (text) => {
  expect(() => withoutMarkup(text)).toThrow(TypeError);
});
