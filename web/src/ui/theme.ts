import { type CSSVariablesResolver, type MantineColorsTuple, createTheme } from "@mantine/core";

/** The green of a bound ledger: what can be pressed, and what is chosen. */
const pine: MantineColorsTuple = [
  "#e9f5f2",
  "#d3e8e3",
  "#a6d1c7",
  "#76b9ab",
  "#4fa593",
  "#369885",
  "#23806f",
  "#1d5c56",
  "#174b46",
  "#103a36",
];

/** The marigold of a bookmark: what wants attention, and is no fault. */
const marigold: MantineColorsTuple = [
  "#fff6e0",
  "#fbeac6",
  "#f5d491",
  "#efbd58",
  "#eaa92b",
  "#e79d10",
  "#c98300",
  "#8f5d00",
  "#7a4f00",
  "#5e3c00",
];

/** A brick's red: what cannot be taken back. White holds 4.5:1 against what is filled with it. */
const red: MantineColorsTuple = [
  "#fdecea",
  "#fad5d1",
  "#f6b5ae",
  "#f3958c",
  "#f0766b",
  "#dc4a3e",
  "#c7352a",
  "#b3261e",
  "#93201a",
  "#741a15",
];

/** Warm greys: paper rather than steel. */
const gray: MantineColorsTuple = [
  "#faf8f4",
  "#f3f0ea",
  "#e7e2d9",
  "#d8d2c6",
  "#bdb6a8",
  "#8f897d",
  "#696459",
  "#4f4b43",
  "#37342e",
  "#22201c",
];

const dark: MantineColorsTuple = [
  "#e4e8e6",
  "#c3cac7",
  "#a3adaa",
  "#75807d",
  "#46514f",
  "#333d3b",
  "#252d2c",
  "#1b2221",
  "#141a19",
  "#0e1312",
];

const SERIF =
  '"Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", "Noto Serif", Georgia, "DejaVu Serif", serif';
const SANS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Arabic", "Liberation Sans", sans-serif';

export const theme = createTheme({
  primaryColor: "pine",
  // White holds 4.5:1 against both.
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  colors: { pine, marigold, red, gray, dark },
  fontFamily: SANS,
  headings: {
    fontFamily: SERIF,
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "clamp(1.625rem, 1.25rem + 1.6vw, 2.25rem)", lineHeight: "1.2" },
      h2: { fontSize: "clamp(1.25rem, 1.1rem + 0.7vw, 1.5rem)", lineHeight: "1.3" },
      h3: { fontSize: "1.125rem", lineHeight: "1.4" },
    },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    // Most alerts are there from the start, and some count: only those that answer are announced.
    Alert: { defaultProps: { role: "note" } },
    // Targets are at least 44 px high.
    Button: { defaultProps: { size: "md" } },
    ActionIcon: { defaultProps: { size: 44, variant: "subtle" } },
    TextInput: { defaultProps: { size: "md" } },
    PasswordInput: { defaultProps: { size: "md" } },
    Textarea: { defaultProps: { size: "md" } },
    NumberInput: { defaultProps: { size: "md" } },
    Select: { defaultProps: { size: "md" } },
    NativeSelect: { defaultProps: { size: "md" } },
  },
});

/** Colours that hold their contrast against paper, in both schemes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f7f5f0",
    "--mantine-color-text": "#22201c",
    "--mantine-color-dimmed": "#5f5a50",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-placeholder": "#6d685d",
    "--daybook-surface": "#ffffff",
    "--daybook-surface-quiet": "#faf8f4",
    "--daybook-line": "#e2dccf",
    "--daybook-line-strong": "#8f897d",
    "--daybook-accent": "#1d5c56",
    "--daybook-accent-soft": "#e3f1ee",
    "--daybook-note": "#7a4f00",
    "--daybook-note-soft": "#fff3d6",
    "--daybook-shadow": "0 1px 2px rgb(34 32 28 / 6%), 0 8px 24px rgb(34 32 28 / 5%)",
  },
  dark: {
    "--mantine-color-body": "#141a19",
    "--mantine-color-text": "#e4e8e6",
    "--mantine-color-dimmed": "#a8b2af",
    "--mantine-color-error": "#ff9d94",
    "--mantine-color-placeholder": "#93a09c",
    "--daybook-surface": "#1b2221",
    "--daybook-surface-quiet": "#171d1c",
    "--daybook-line": "#303a38",
    "--daybook-line-strong": "#75807d",
    "--daybook-accent": "#76b9ab",
    "--daybook-accent-soft": "#1d312e",
    "--daybook-note": "#f5d491",
    "--daybook-note-soft": "#33290f",
    "--daybook-shadow": "none",
  },
});
